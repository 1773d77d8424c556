package io.ztunnel.bench.mesh;

import io.ztunnel.linux.NamespaceCall;
import io.ztunnel.linux.NetworkNamespace;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A pod or a node of a mesh that is up.
 *
 * @param namespace its open network namespace; closed with the mesh
 * @param namespaceName as {@code ip netns} knows it
 */
public record Place(NetworkNamespace namespace, String namespaceName, InetAddress address) {
    /** Makes a socket that belongs here. On a platform thread. */
    public <T> T inside(NamespaceCall<T> creation) throws IOException {
        return namespace.call(creation);
    }

    public InetSocketAddress port(int port) {
        return new InetSocketAddress(address, port);
    }
}
