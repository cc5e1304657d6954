/** What a ring may do. */
@NullMarked
package dev.uring.allowlist;

import org.jspecify.annotations.NullMarked;
