@NullMarked
package io.ztunnel.linux;

import org.jspecify.annotations.NullMarked;
