/**
 * Programs that run inside a virtual machine, whose kernel and devices the host has not. They use
 * the library from the jars that are built, and nothing of JUnit: each prints a line a rule.
 */
@NullMarked
package dev.uring.it.guest;

import org.jspecify.annotations.NullMarked;
