package dev.uring.ring;

import dev.uring.allowlist.UringOperation;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The test shows what these requests do. {@link RequestsPageTest} asks that each is shown. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface Shows {
  UringOperation[] value();
}
