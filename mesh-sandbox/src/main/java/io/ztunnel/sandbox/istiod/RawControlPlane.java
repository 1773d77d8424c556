package io.ztunnel.sandbox.istiod;

import com.google.protobuf.ByteString;

import io.netty.channel.epoll.EpollServerSocketChannel;
import io.ztunnel.api.discovery.Resource;
import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.sandbox.istiod.ServiceAccountTokens.Claims;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * The control plane for those who bring resources of their own making: serves exactly what it is
 * given, and signs for whoever is said to run on a node. Methods may be called by any thread.
 */
public final class RawControlPlane implements AutoCloseable {
    private static final Duration TOKEN_LIFETIME = Duration.ofDays(1);

    private final IstiodServer server;
    private final ServiceAccountTokens tokens;

    /** Whether a pod of that service account runs on the node. */
    @FunctionalInterface
    public interface Placement {
        boolean runsOn(String node, String namespace, String serviceAccount);
    }

    private RawControlPlane(IstiodServer server, ServiceAccountTokens tokens) {
        this.server = server;
        this.tokens = tokens;
    }

    /**
     * @param namespace the network namespace to listen in; it must stay open meanwhile
     * @param state the folder for keys
     */
    public static RawControlPlane start(
            NetworkNamespace namespace,
            InetSocketAddress address,
            Path state,
            String trustDomain,
            String clusterId,
            Placement placement)
            throws IOException {
        return new RawControlPlane(
                IstiodServer.start(
                        address,
                        state,
                        trustDomain,
                        clusterId,
                        placement::runsOn,
                        () -> socket(namespace)),
                ServiceAccountTokens.open(state, InstantSource.system()));
    }

    private static EpollServerSocketChannel socket(NetworkNamespace namespace) {
        try {
            return namespace.call(EpollServerSocketChannel::new);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Writes the token of a node's ztunnel. */
    public void writeToken(String node, Path file) throws IOException {
        writeToken("istio-system", "ztunnel", "ztunnel-" + node, node, file);
    }

    /** Writes the token that a pod on a node, which may be no ztunnel, identifies itself with. */
    public void writeToken(
            String namespace, String serviceAccount, String pod, String node, Path file)
            throws IOException {
        Claims claims = new Claims(namespace, serviceAccount, pod, pod, node);
        Files.writeString(file, tokens.issue(claims, TOKEN_LIFETIME));
    }

    /**
     * Replaces all that is served.
     *
     * @param resources by type URL and name
     */
    public void publish(Map<String, Map<String, ByteString>> resources) {
        Map<String, SortedMap<String, Resource>> byType = new HashMap<>();
        resources.forEach(
                (type, contents) -> {
                    SortedMap<String, Resource> named = new TreeMap<>();
                    contents.forEach(
                            (name, content) ->
                                    named.put(
                                            name,
                                            ResourceSet.resource(
                                                    type, name, version(content), content)));
                    byType.put(type, named);
                });
        server.publish(ServedResources.Source.OBJECTS, new ResourceSet(byType));
    }

    private static String version(ByteString content) {
        return Integer.toHexString(content.hashCode()) + "-" + content.size();
    }

    /** How many ztunnels have acknowledged everything that was published before this call. */
    public CompletableFuture<Integer> settled() {
        return server.settled();
    }

    @Override
    public void close() {
        server.close();
    }
}
