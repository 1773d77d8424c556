@NullMarked
package io.ztunnel.xds;

import org.jspecify.annotations.NullMarked;
