@NullMarked
package io.ztunnel.store;

import org.jspecify.annotations.NullMarked;
