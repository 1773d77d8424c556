/**
 * What sends and answers: an echo server, closed and open request loops, connections that come and
 * go, connections that stay. On event loops of their own, one for clients and one for servers,
 * shared by all candidates so that they are equally warm.
 */
@NullMarked
package io.ztunnel.bench.load;

import org.jspecify.annotations.NullMarked;
