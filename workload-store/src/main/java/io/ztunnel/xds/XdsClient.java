package io.ztunnel.xds;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import io.netty.channel.EventLoop;
import io.ztunnel.api.discovery.AggregatedDiscoveryServiceGrpc;
import io.ztunnel.api.discovery.DeltaDiscoveryRequest;
import io.ztunnel.api.discovery.Node;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.NameSource;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the store up to date from the control plane, over one connection at a time, for as long as
 * the process lives. What was learned stays in the store while the control plane is away.
 *
 * <p>All its work, the store's writes and the listeners' calls run on the control loop that it is
 * given. {@link #start}, {@link #close} and {@link #synced} may be called from any thread.
 */
public final class XdsClient implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(XdsClient.class);

    /** A push of a whole large mesh is one message. */
    private static final int MAX_MESSAGE_BYTES = 200 << 20;

    private final XdsSettings settings;
    private final MeshStore store;
    private final ChannelSource channels;
    private final ScheduledExecutorService control;
    private final XdsListener listener;
    private final Node node;
    private final MethodDescriptor<DeltaDiscoveryRequest, DeltaResponse> method =
            MethodDescriptor.newBuilder(
                            ProtoUtils.marshaller(DeltaDiscoveryRequest.getDefaultInstance()),
                            new DeltaResponseReader())
                    .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                    .setFullMethodName(
                            AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod()
                                    .getFullMethodName())
                    .build();

    private final Map<ResourceType, Subscription> subscriptions = new EnumMap<>(ResourceType.class);
    private final @Nullable OnDemand names;
    private final SyncGate gate;
    private final Backoff backoff = new Backoff();

    private @Nullable ManagedChannel channel;
    private @Nullable AdsStream stream;
    private @Nullable Future<?> nextAttempt;
    private boolean closed;

    /**
     * @param control an epoll loop; not owned. It is the only thread that may apply batches to the
     *     store while this client runs
     */
    public XdsClient(
            XdsSettings settings, MeshStore store, EventLoop control, XdsListener listener) {
        this(
                settings,
                store,
                () -> settings.server().open(MAX_MESSAGE_BYTES, control),
                control,
                listener,
                Subscription.VERSIONS_BUDGET);
    }

    XdsClient(
            XdsSettings settings,
            MeshStore store,
            ChannelSource channels,
            ScheduledExecutorService control,
            XdsListener listener,
            int versionsBudget) {
        this.settings = settings;
        this.store = store;
        this.channels = channels;
        this.control = control;
        this.listener = listener;
        this.node =
                Node.newBuilder()
                        .setId(settings.node().id())
                        .setMetadata(settings.node().metadata())
                        .build();
        for (ResourceType type : ResourceType.values()) {
            subscriptions.put(type, new Subscription(type, versionsBudget));
        }
        if (settings.onDemand()) {
            Subscription addresses = new Subscription(ResourceType.ADDRESS, versionsBudget, true);
            subscriptions.put(ResourceType.ADDRESS, addresses);
            this.names = new OnDemand(addresses, control, new Wishes(addresses), System::nanoTime);
            // Nobody knows which addresses will ever be asked for.
            this.gate = new SyncGate(EnumSet.of(ResourceType.AUTHORIZATION));
        } else {
            this.names = null;
            this.gate = new SyncGate(EnumSet.allOf(ResourceType.class));
        }
    }

    /** To the stream of the moment. */
    private final class Wishes implements OnDemand.Server {
        private final Subscription addresses;

        Wishes(Subscription addresses) {
            this.addresses = addresses;
        }

        @Override
        public void subscribe(Collection<String> wanted) {
            if (stream != null) {
                stream.send(addresses.subscribe(wanted));
            }
        }

        @Override
        public void unsubscribe(Collection<String> released) {
            if (stream != null) {
                stream.send(addresses.unsubscribe(released));
            }
        }
    }

    /** Begins to connect, and never gives up. Call it once. */
    public void start() {
        control.execute(this::connect);
    }

    /**
     * Completed, on the control thread, when one response of each type that is told unasked was
     * wholly accepted. Later disconnections do not take it back.
     */
    public CompletionStage<Void> synced() {
        return gate.opened();
    }

    /** Where workloads and services are asked for; null when all of them are told anyway. */
    public @Nullable NameSource names() {
        return names;
    }

    private void connect() {
        nextAttempt = null;
        if (closed) {
            return;
        }
        try {
            Metadata headers = settings.headers().read();
            ManagedChannel opened = channels.open();
            channel = opened;
            ClientCall<DeltaDiscoveryRequest, DeltaResponse> call =
                    opened.newCall(method, CallOptions.DEFAULT);
            AdsStream started =
                    new AdsStream(call, subscriptions, store, gate, listener, names, this::ended);
            stream = started;
            started.start(headers, node);
        } catch (IOException | RuntimeException e) {
            ended(StreamEnd.local(e, false));
        }
    }

    private void ended(StreamEnd end) {
        stream = null;
        releaseChannel();
        if (closed) {
            return;
        }
        Duration wait = backoff.next(end.reason(), end.useful());
        switch (end.reason()) {
            case CONNECTION_ERROR, ERROR ->
                    LOG.warn(
                            "xDS to {} failed, next attempt in {} ms: {}",
                            settings.server().address(),
                            wait.toMillis(),
                            end.detail());
            case RECONNECT, COMPLETE ->
                    LOG.info(
                            "xDS stream ended, next attempt in {} ms: {}",
                            wait.toMillis(),
                            end.detail());
        }
        listener.disconnected(end.reason(), end.detail(), wait);
        try {
            nextAttempt = control.schedule(this::connect, wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            LOG.debug("the control loop is gone, and so is this client", e);
        }
    }

    private void releaseChannel() {
        ManagedChannel opened = channel;
        channel = null;
        if (opened != null) {
            ManagedChannel _ = opened.shutdownNow();
        }
    }

    /** Ends the stream and the connection; the store keeps what it has. */
    @Override
    public void close() {
        if (names != null) {
            names.close();
        }
        control.execute(
                () -> {
                    closed = true;
                    if (nextAttempt != null) {
                        nextAttempt.cancel(false);
                    }
                    if (stream != null) {
                        stream.cancel("this proxy is shutting down");
                    }
                    releaseChannel();
                });
    }
}
