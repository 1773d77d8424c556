/**
 * What sends and answers: an echo server, closed and open request loops, connections that come and
 * go, connections that stay. On event loops of their own, which all candidates share so that they
 * are equally warm.
 */
@NullMarked
package io.ztunnel.bench.load;

import org.jspecify.annotations.NullMarked;
