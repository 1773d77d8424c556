package io.ztunnel.redirection;

import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.ztunnel.linux.NetworkNamespace;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Proxies that open nothing, and say what was done to them in {@link #events}. */
final class FakeProxies implements PodProxyFactory {
    /** "start a", "fail a", "IMMEDIATE a", "GRACEFUL a", "closed a". */
    final List<String> events = new CopyOnWriteArrayList<>();

    /** Uids whose start fails, and how. */
    final Map<String, IOException> failures = new ConcurrentHashMap<>();

    /** Uids whose proxy takes until {@link Proxy#finish} to drain gracefully. */
    final Set<String> slow = ConcurrentHashMap.newKeySet();

    final Map<String, Proxy> running = new ConcurrentHashMap<>();

    @Override
    public PodProxy start(PodInfo pod, PodNetwork network) throws IOException {
        IOException failure = failures.get(pod.uid());
        if (failure != null) {
            events.add("fail " + pod.uid());
            throw failure;
        }
        events.add("start " + pod.uid());
        Proxy proxy = new Proxy(pod.uid(), network);
        running.put(pod.uid(), proxy);
        return proxy;
    }

    final class Proxy implements PodProxy {
        private final String uid;
        private final PodNetwork network;
        private final CompletableFuture<Void> done = new CompletableFuture<>();

        Proxy(String uid, PodNetwork network) {
            this.uid = uid;
            this.network = network;
        }

        @Override
        public CompletionStage<Void> drain(Drain how) {
            events.add(how + " " + uid);
            running.remove(uid, this);
            if (how == Drain.IMMEDIATE || !slow.contains(uid)) {
                finish();
            }
            return done;
        }

        void finish() {
            network.close();
            done.complete(null);
        }
    }

    /** A network that only knows whether it is closed. */
    static final class Network implements PodNetwork {
        volatile boolean closed;

        @Override
        public EpollServerSocketChannel newListener() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isTransparent(EpollServerSocketChannel listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public EpollSocketChannel newClient(boolean ipv6) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long cookie() {
            return 1;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    static PodLedger.Place place(long inode) {
        return new PodLedger.Place(new NetworkNamespace.Id(4, inode), new Network());
    }

    static PodInfo pod(String uid) {
        return new PodInfo(uid, "name-" + uid, "ns", "sa");
    }
}
