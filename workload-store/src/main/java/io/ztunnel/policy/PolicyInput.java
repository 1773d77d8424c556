package io.ztunnel.policy;

import io.ztunnel.store.HostPort;
import io.ztunnel.store.Identity;

import org.jspecify.annotations.Nullable;

/**
 * What a policy can see of a connection.
 *
 * @param source the TCP peer, never taken from a header
 * @param sourceIdentity from the peer's certificate; null for plain text
 * @param destination the workload's address and its real port, never 15008
 */
public record PolicyInput(
        HostPort source, @Nullable Identity sourceIdentity, HostPort destination) {}
