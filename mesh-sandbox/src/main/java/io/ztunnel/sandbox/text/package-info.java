/** Text for people at a terminal. */
@NullMarked
package io.ztunnel.sandbox.text;

import org.jspecify.annotations.NullMarked;
