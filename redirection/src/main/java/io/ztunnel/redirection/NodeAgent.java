package io.ztunnel.redirection;

import com.google.protobuf.MessageLite;

import io.ztunnel.api.zds.AddWorkload;
import io.ztunnel.api.zds.DelWorkload;
import io.ztunnel.api.zds.KeepWorkload;
import io.ztunnel.api.zds.SnapshotSent;
import io.ztunnel.api.zds.WorkloadInfo;
import io.ztunnel.api.zds.WorkloadRequest;
import io.ztunnel.linux.NetworkNamespace;
import io.ztunnel.linux.SeqPacketServer;
import io.ztunnel.linux.SeqPacketSocket;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The node agent's side of ZDS, as istio-cni speaks it: knows the pods of a node, puts the rules
 * in, and tells every ztunnel that connects. For machines without Kubernetes, and as the peer in
 * tests.
 *
 * <p>Thread-safe; {@link #capture} and {@link #release} block while child processes run and while
 * ztunnel answers (5 s at most).
 */
public final class NodeAgent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeAgent.class);

    private static final Duration ACCEPT_WAIT = Duration.ofMinutes(1);
    private static final long ACCEPT_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** An old and a new one during an upgrade, and some to spare. */
    private static final int MAX_CONNECTIONS = 16;

    /** How far a pod has come. */
    public enum Enrolment {
        /** Its ztunnel listens. */
        ENABLED,
        /**
         * No ztunnel is there, or it went while being told: the next one gets it in its snapshot.
         */
        PENDING
    }

    /**
     * @param namespace null as long as the agent does not know it
     */
    private record Pod(PodInfo info, @Nullable NetworkNamespace namespace) {}

    private final SeqPacketServer server;
    private final Semaphore places = new Semaphore(MAX_CONNECTIONS);
    private final Object lock = new Object();

    // Guarded by lock: what is told to the next ztunnel, and the ztunnels in order of arrival.
    private final Map<String, Pod> pods = new LinkedHashMap<>();
    private final List<AgentConnection> connections = new ArrayList<>();
    private boolean closed;

    private NodeAgent(SeqPacketServer server) {
        this.server = server;
    }

    /** Listens at that path, in place of what an earlier agent has left there. */
    public static NodeAgent listen(Path socket) throws IOException {
        NodeAgent agent = new NodeAgent(SeqPacketServer.listen(socket, ZdsCodec.MAX_RECORD));
        Thread.ofPlatform().name("node-agent").daemon().start(agent::acceptAll);
        return agent;
    }

    /**
     * Brings a running pod into the mesh: its rules first, so that nothing leaves it unprotected,
     * then its ztunnel.
     *
     * @param namespace stays the caller's; the agent holds a duplicate until the pod is released
     * @throws IOException when the rules cannot be put in, or ztunnel refuses the pod. It is known
     *     to the agent then, and retried with the next ztunnel that connects
     */
    public Enrolment capture(PodInfo pod, NetworkNamespace namespace, RedirectionOptions options)
            throws IOException {
        RedirectionRules.apply(namespace, options);
        return announce(pod, namespace);
    }

    /** As {@link #capture} for a pod whose rules are in place. Only the newest ztunnel is told. */
    public Enrolment announce(PodInfo pod, NetworkNamespace namespace) throws IOException {
        Optional<AgentConnection> newest;
        synchronized (lock) {
            requireOpen();
            remember(new Pod(pod, namespace.duplicate()));
            newest = connections.isEmpty() ? Optional.empty() : Optional.of(connections.getLast());
        }
        if (newest.isEmpty()) {
            return Enrolment.PENDING;
        }
        Optional<String> refusal;
        try {
            refusal = newest.get().request(add(pod), namespace.fd());
        } catch (IOException e) {
            LOG.warn("pod {} waits for another ztunnel: {}", pod.uid(), e.getMessage());
            return Enrolment.PENDING;
        }
        if (refusal.isPresent()) {
            throw new IOException("ztunnel refuses pod " + pod.uid() + ": " + refusal.get());
        }
        return Enrolment.ENABLED;
    }

    /** Has ztunnels keep a pod that runs, although its namespace is not known yet. */
    public void expect(PodInfo pod) {
        synchronized (lock) {
            requireOpen();
            remember(new Pod(pod, null));
        }
    }

    /**
     * Takes a running pod out of the mesh: its rules, then its ztunnels. A pod that is not known is
     * fine.
     *
     * @throws IOException when the rules cannot be removed; the pod stays known then
     */
    public void release(String uid) throws IOException {
        Optional<NetworkNamespace> namespace = namespaceOf(uid);
        if (namespace.isPresent()) {
            try (NetworkNamespace own = namespace.get()) {
                RedirectionRules.remove(own);
            }
        }
        withdraw(uid);
    }

    /** Tells every ztunnel that a pod has ended; its rules end with its namespace. */
    public void withdraw(String uid) {
        List<AgentConnection> told;
        synchronized (lock) {
            forget(pods.remove(uid));
            told = List.copyOf(connections);
        }
        for (AgentConnection connection : told) {
            try {
                connection
                        .request(del(uid))
                        .ifPresent(error -> LOG.warn("ztunnel keeps pod {}: {}", uid, error));
            } catch (IOException e) {
                LOG.warn("ztunnel was not told of the end of pod {}: {}", uid, e.getMessage());
            }
        }
    }

    /** How many ztunnels have taken their whole snapshot and are still there. */
    public int connections() {
        synchronized (lock) {
            return (int) connections.stream().filter(AgentConnection::isUpToDate).count();
        }
    }

    /** Ends every connection; rules stay. Idempotent. */
    @Override
    public void close() {
        server.close();
        List<AgentConnection> open;
        synchronized (lock) {
            closed = true;
            open = List.copyOf(connections);
            pods.values().forEach(NodeAgent::forget);
            pods.clear();
        }
        open.forEach(AgentConnection::close);
    }

    private void acceptAll() {
        while (!isClosed()) {
            try {
                SeqPacketSocket socket = server.accept(ACCEPT_WAIT, AgentConnection.ANSWER_LIMIT);
                if (socket != null && !places.tryAcquire()) {
                    LOG.warn("more than {} ztunnels, one is turned away", MAX_CONNECTIONS);
                    socket.close();
                } else if (socket != null) {
                    Thread.ofPlatform()
                            .name("node-agent-connection")
                            .daemon()
                            .start(() -> serve(socket));
                }
            } catch (IOException e) {
                LOG.warn("cannot accept a ztunnel: {}", e.getMessage());
                LockSupport.parkNanos(ACCEPT_RETRY_NANOS);
            }
        }
    }

    private void serve(SeqPacketSocket socket) {
        AgentConnection connection = new AgentConnection(socket);
        try (connection) {
            connection.open(() -> sendSnapshot(connection));
            connection.readAnswers();
        } catch (IOException e) {
            LOG.info("connection of a ztunnel ended: {}", e.getMessage());
        } finally {
            synchronized (lock) {
                connections.remove(connection);
            }
            places.release();
        }
    }

    /** From here on live changes reach this ztunnel too, but wait until this is through. */
    private void sendSnapshot(AgentConnection connection) throws IOException {
        List<Pod> snapshot = new ArrayList<>();
        synchronized (lock) {
            if (closed) {
                throw new IOException("the agent is closed");
            }
            connections.add(connection);
            for (Pod pod : pods.values()) {
                NetworkNamespace namespace = pod.namespace();
                snapshot.add(new Pod(pod.info(), namespace == null ? null : namespace.duplicate()));
            }
        }
        try {
            for (Pod pod : snapshot) {
                NetworkNamespace namespace = pod.namespace();
                String error =
                        namespace == null
                                ? connection.exchange(keep(pod.info().uid()))
                                : connection.exchange(add(pod.info()), namespace.fd());
                if (!error.isEmpty()) {
                    LOG.warn("ztunnel refuses pod {}: {}", pod.info().uid(), error);
                }
            }
            connection.exchange(
                    WorkloadRequest.newBuilder()
                            .setSnapshotSent(SnapshotSent.getDefaultInstance())
                            .build());
        } finally {
            snapshot.forEach(NodeAgent::forget);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the node agent is closed");
        }
    }

    private void remember(Pod pod) {
        forget(pods.put(pod.info().uid(), pod));
    }

    private static void forget(@Nullable Pod pod) {
        NetworkNamespace namespace = pod == null ? null : pod.namespace();
        if (namespace != null) {
            namespace.close();
        }
    }

    private Optional<NetworkNamespace> namespaceOf(String uid) throws IOException {
        synchronized (lock) {
            Pod pod = pods.get(uid);
            NetworkNamespace namespace = pod == null ? null : pod.namespace();
            return namespace == null ? Optional.empty() : Optional.of(namespace.duplicate());
        }
    }

    private boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    private static MessageLite add(PodInfo pod) {
        return WorkloadRequest.newBuilder()
                .setAdd(
                        AddWorkload.newBuilder()
                                .setUid(pod.uid())
                                .setWorkloadInfo(
                                        WorkloadInfo.newBuilder()
                                                .setName(pod.name())
                                                .setNamespace(pod.namespace())
                                                .setServiceAccount(pod.serviceAccount())))
                .build();
    }

    private static MessageLite keep(String uid) {
        return WorkloadRequest.newBuilder().setKeep(KeepWorkload.newBuilder().setUid(uid)).build();
    }

    private static MessageLite del(String uid) {
        return WorkloadRequest.newBuilder().setDel(DelWorkload.newBuilder().setUid(uid)).build();
    }
}
