/**
 * The proxies of a pod: outbound (15001), inbound HBONE (15008) and inbound plain text (15006), and
 * what they share.
 *
 * <p>A connection lives on one worker loop from its placement to its end. Decisions come from pure
 * functions of {@code workload-store}; this package acts on them.
 */
@NullMarked
package io.ztunnel.daemon.proxy;

import org.jspecify.annotations.NullMarked;
