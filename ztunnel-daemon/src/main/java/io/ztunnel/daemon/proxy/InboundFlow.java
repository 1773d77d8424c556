package io.ztunnel.daemon.proxy;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import io.ztunnel.daemon.telemetry.ConnectionError;
import io.ztunnel.daemon.telemetry.ConnectionRecord;
import io.ztunnel.hbone.ChannelEnd;
import io.ztunnel.hbone.InboundTunnel;
import io.ztunnel.hbone.Relay;
import io.ztunnel.hbone.RelayEnd;
import io.ztunnel.hbone.SystemErrors;
import io.ztunnel.policy.DenialHint;
import io.ztunnel.policy.PolicyInput;
import io.ztunnel.policy.Verdict;
import io.ztunnel.store.HostPort;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.Trace;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the pod's application, whether it came through a tunnel or in plain text:
 * checked against policies, connected, relayed, recorded. Confined to its loop but for what says
 * otherwise.
 */
final class InboundFlow implements LiveConnection {
    private static final Logger log = LoggerFactory.getLogger(InboundFlow.class);

    /**
     * The side that the connection came from, as far as it differs between tunnel and plain text.
     */
    interface Client {
        /** The connection is not let in; answers and closes. */
        void deny();

        /** The application cannot be reached; answers and closes. */
        void fail();

        /** The application is connected. */
        RelayEnd accept();

        /** What the application is told before the first byte of the client; null for nothing. */
        default @Nullable ByteBuf preamble() {
            return null;
        }

        /** The tunnel that it came through; null for plain text. */
        default @Nullable InboundTunnel tunnel() {
            return null;
        }

        /** Ends it when it was neither accepted nor refused. */
        void cut();
    }

    private final PodContext pod;
    private final InboundTracker tracker;
    private final EventLoop loop;
    private final @Nullable InboundTunnel tunnel;
    private final PolicyInput input;
    private final ConnectionRecord record;
    private final @Nullable String claimedService;

    /** Until it has its answer. */
    private @Nullable Client client;

    private @Nullable Relay relay;
    private boolean ended;

    /**
     * @param record already opened
     * @param claimedService the host name that the client said it meant, for the dump
     */
    InboundFlow(
            PodContext pod,
            InboundTracker tracker,
            EventLoop loop,
            Client client,
            PolicyInput input,
            ConnectionRecord record,
            @Nullable String claimedService) {
        this.pod = pod;
        this.tracker = tracker;
        this.loop = loop;
        this.client = client;
        this.tunnel = client.tunnel();
        this.input = input;
        this.record = record;
        this.claimedService = claimedService;
    }

    /** From any thread. */
    PolicyInput policyInput() {
        return input;
    }

    /** From any thread. */
    boolean isOn(InboundTunnel other) {
        return other.equals(tunnel);
    }

    /** From any thread. */
    ConnectionSummary summary() {
        return new ConnectionSummary(
                input.source().toString(),
                claimedService,
                input.destination().toString(),
                input.sourceIdentity() == null ? "TCP" : "HBONE");
    }

    /**
     * @param own the pod's workload, as it was known before
     * @param application where to connect to
     * @param source the address that the application shall see; null for the pod's own
     */
    void start(Workload own, HostPort application, @Nullable IpAddress source) {
        ConnectionError refused = pod.live().add(this);
        if (refused != null) {
            cut(new CutException(refused));
            return;
        }
        tracker.add(this);
        try {
            MeshView view = pod.services().mesh().view();
            // Not as of when it was looked up: a policy may have been attached since, and whoever
            // rechecked for that did not see this connection yet.
            Workload now = view.localWorkload(pod.reference());
            Workload reached = now == null ? own : now;
            Verdict verdict = pod.services().policies().evaluate(view, reached, input, Trace.NONE);
            if (!verdict.allowed()) {
                answering().deny();
                ConnectionError error = ConnectionError.denied(verdict);
                end(
                        DenialHint.of(view, reached, input, verdict)
                                .map(error::withHint)
                                .orElse(error));
                return;
            }
            connect(application, source);
        } catch (RuntimeException e) {
            // A mistake of ours costs this one connection, and never lets it through.
            log.error("connection {} -> {} is given up", input.source(), input.destination(), e);
            cut(new CutException(ConnectionError.other("internal error: " + e)));
        }
    }

    private void connect(HostPort application, @Nullable IpAddress source) {
        new AppConnector(pod.network())
                .connect(loop, application, source)
                .addListener(
                        (Future<EpollSocketChannel> connected) -> {
                            if (ended) {
                                if (connected.isSuccess()) {
                                    connected.getNow().close();
                                }
                            } else if (connected.isSuccess()) {
                                relay(connected.getNow());
                            } else {
                                answering().fail();
                                end(
                                        ConnectionError.connectionFailed(
                                                SystemErrors.text(connected.cause())));
                            }
                        });
    }

    private void relay(EpollSocketChannel application) {
        Client accepting = answering();
        ByteBuf preamble = accepting.preamble();
        if (preamble != null) {
            // At once: a client may wait for the application to speak first. If it fails the relay
            // meets the same broken socket.
            application.writeAndFlush(preamble);
        }
        relay =
                pod.relay(
                        accepting.accept(),
                        new ChannelEnd(application),
                        new RecordObserver(loop, record, this::end));
    }

    /** The client, for its one answer. */
    private Client answering() {
        Client waiting = requireNonNull(client, "answered");
        client = null;
        return waiting;
    }

    private void end(@Nullable ConnectionError error) {
        if (ended) {
            return;
        }
        ended = true;
        record.complete(error);
        tracker.remove(this);
        pod.live().remove(this);
    }

    /** A policy forbids it now. From any thread. */
    void revoke() {
        abort(new CutException(ConnectionError.policyChanged()));
    }

    @Override
    public boolean isTunnelled() {
        return tunnel != null;
    }

    @Override
    public void abort(Throwable cause) {
        if (loop.inEventLoop()) {
            cut(cause);
        } else {
            loop.execute(() -> cut(cause));
        }
    }

    private void cut(Throwable cause) {
        if (relay != null) {
            relay.abort(cause);
            return;
        }
        if (!ended && client != null) {
            answering().cut();
        }
        end(ConnectionErrors.of(cause));
    }
}
