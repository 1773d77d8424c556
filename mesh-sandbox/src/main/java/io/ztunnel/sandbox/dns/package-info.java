/**
 * Names for the sandbox's pods: a small authoritative DNS server for services, as a cluster's DNS
 * would answer. It knows nothing else and asks nobody.
 *
 * <p>Runs on the event loop that it is given; tables may be replaced from any thread.
 */
@NullMarked
package io.ztunnel.sandbox.dns;

import org.jspecify.annotations.NullMarked;
