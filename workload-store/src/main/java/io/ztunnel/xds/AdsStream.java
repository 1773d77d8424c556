package io.ztunnel.xds;

import com.google.rpc.Status;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.ztunnel.api.discovery.DeltaDiscoveryRequest;
import io.ztunnel.api.discovery.Node;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.MeshUpdate;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One stream to the control plane: asks for each type, applies each response and answers it with
 * exactly one ACK or NACK. Everything runs on the control thread.
 */
final class AdsStream extends ClientCall.Listener<DeltaResponse> {
    private static final Logger LOG = LoggerFactory.getLogger(AdsStream.class);

    private final ClientCall<DeltaDiscoveryRequest, DeltaResponse> call;
    private final Map<ResourceType, Subscription> subscriptions;
    private final MeshStore store;
    private final SyncGate gate;
    private final XdsListener listener;
    private final @Nullable OnDemand names;
    private final Consumer<StreamEnd> onEnd;

    private boolean established;
    private boolean useful;
    private boolean over;
    private @Nullable RuntimeException failure;

    /**
     * @param names who wants what; null when the server tells everything
     * @param onEnd told once, unless {@link #cancel} came first
     */
    AdsStream(
            ClientCall<DeltaDiscoveryRequest, DeltaResponse> call,
            Map<ResourceType, Subscription> subscriptions,
            MeshStore store,
            SyncGate gate,
            XdsListener listener,
            @Nullable OnDemand names,
            Consumer<StreamEnd> onEnd) {
        this.call = call;
        this.subscriptions = subscriptions;
        this.store = store;
        this.gate = gate;
        this.listener = listener;
        this.names = names;
        this.onEnd = onEnd;
    }

    void start(Metadata headers, Node node) {
        call.start(this, headers);
        for (Subscription subscription : subscriptions.values()) {
            call.sendMessage(subscription.initialRequest(node));
            subscription.furtherRequests().forEach(call::sendMessage);
        }
        // The next response is read when this one is applied: a slow reader slows the server.
        call.request(1);
    }

    void cancel(String why) {
        over = true;
        call.cancel(why, null);
    }

    /** Sends a change of what we subscribe to, unless the stream is about to end. */
    void send(DeltaDiscoveryRequest.Builder change) {
        if (!over) {
            call.sendMessage(change.build());
        }
    }

    @Override
    public void onHeaders(Metadata headers) {
        established = true;
        listener.connected();
    }

    @Override
    public void onMessage(DeltaResponse response) {
        if (failure != null) {
            return;
        }
        try {
            listener.received(response.typeUrl(), response.resourceBytes());
            useful = true;
            answer(response, apply(response));
            tellThoseWhoWait(response);
            call.request(1);
        } catch (RuntimeException e) {
            LOG.error("a response of type {} cannot be handled", response.typeUrl(), e);
            failure = e;
            over = true;
            call.cancel("response cannot be handled", e);
        }
    }

    /** Returns the problems of the resources that were not wholly accepted. */
    private Rejections apply(DeltaResponse response) {
        Rejections rejections = new Rejections();
        ResourceType type = ResourceType.ofUrl(response.typeUrl());
        Subscription subscription = type == null ? null : subscriptions.get(type);
        if (type == null || subscription == null) {
            LOG.warn("response of a type that was not asked for: {}", response.typeUrl());
            return rejections;
        }
        MeshUpdate.Builder update = MeshUpdate.builder();
        List<DeltaResponse.Resource> accepted = new ArrayList<>(response.resources().size());
        for (DeltaResponse.Resource resource : response.resources()) {
            String problem = resource.problem();
            MeshUpdate.Change change = resource.change();
            if (resource.type() != type) {
                problem = "resource of type " + resource.type().url();
                change = null;
            }
            if (problem != null) {
                rejections.add(resource.name(), problem);
            }
            if (change != null) {
                update.change(change);
                accepted.add(resource);
            }
        }
        Set<String> removed = new LinkedHashSet<>(response.removed());
        removed.addAll(subscription.takeVanished(response));
        for (String name : removed) {
            if (names != null && !subscription.holds(name)) {
                // Only the answer that what was asked for does not exist.
                continue;
            }
            switch (type) {
                case ADDRESS -> update.removeAddress(name);
                case AUTHORIZATION -> update.removePolicy(name);
            }
        }
        store.apply(update.build());
        accepted.forEach(resource -> subscription.accepted(resource.name(), resource.version()));
        removed.forEach(subscription::removed);
        return rejections;
    }

    private void tellThoseWhoWait(DeltaResponse response) {
        Subscription addresses = subscriptions.get(ResourceType.ADDRESS);
        if (names == null
                || addresses == null
                || ResourceType.ofUrl(response.typeUrl()) != ResourceType.ADDRESS) {
            return;
        }
        Collection<String> released = names.answered(response);
        if (!released.isEmpty()) {
            send(addresses.unsubscribe(released));
        }
    }

    private void answer(DeltaResponse response, Rejections rejections) {
        DeltaDiscoveryRequest.Builder request =
                DeltaDiscoveryRequest.newBuilder()
                        .setTypeUrl(response.typeUrl())
                        .setResponseNonce(response.nonce());
        if (rejections.isEmpty()) {
            call.sendMessage(request.build());
            ResourceType type = ResourceType.ofUrl(response.typeUrl());
            if (type != null && gate.acked(type)) {
                listener.synced();
            }
            return;
        }
        String message = rejections.message();
        call.sendMessage(request.setErrorDetail(Status.newBuilder().setMessage(message)).build());
        LOG.warn(
                "rejected {} resource(s) of {}: {}",
                rejections.count(),
                response.typeUrl(),
                message);
        listener.nacked(response.typeUrl(), message);
    }

    @Override
    public void onClose(io.grpc.Status status, Metadata trailers) {
        onEnd.accept(
                failure == null
                        ? StreamEnd.of(status, established, useful)
                        : StreamEnd.local(failure, useful));
    }
}
