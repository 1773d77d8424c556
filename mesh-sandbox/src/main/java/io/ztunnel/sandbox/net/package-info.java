/**
 * The sandbox's network: one private root namespace without an uplink, nodes joined to it by links,
 * pods joined to their nodes, and what kube-proxy would program for service addresses.
 *
 * <p>Everything is done by {@code ip} and {@code nft} in namespaces that carry the sandbox's name;
 * no device, route, rule or setting of the machine's own namespace is touched. Calls block and
 * belong on the supervisor's thread.
 */
@NullMarked
package io.ztunnel.sandbox.net;

import org.jspecify.annotations.NullMarked;
