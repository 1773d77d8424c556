package io.ztunnel.xds;

import io.grpc.ManagedChannel;

import java.io.IOException;

/** A new channel for each attempt, so that each reads certificates and names anew. */
@FunctionalInterface
interface ChannelSource {
    /** The caller shuts it down. Its calls must run on the control thread. */
    ManagedChannel open() throws IOException;
}
