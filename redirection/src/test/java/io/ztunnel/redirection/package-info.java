@NullMarked
package io.ztunnel.redirection;

import org.jspecify.annotations.NullMarked;
