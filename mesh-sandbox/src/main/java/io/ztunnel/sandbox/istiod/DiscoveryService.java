package io.ztunnel.sandbox.istiod;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.ztunnel.api.discovery.AggregatedDiscoveryServiceGrpc;
import io.ztunnel.api.discovery.DeltaDiscoveryRequest;
import io.ztunnel.api.discovery.DeltaDiscoveryResponse;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * Delta xDS, wildcard subscriptions: each client is sent what changed and told what is gone. Every
 * stream and the current resources belong to one executor thread.
 */
final class DiscoveryService
        extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
    static final String ADDRESS = "type.googleapis.com/istio.workload.Address";
    static final String AUTHORIZATION = "type.googleapis.com/istio.security.Authorization";

    private static final Logger log = LoggerFactory.getLogger(DiscoveryService.class);
    private static final int MAX_TYPES = 8;

    private final Executor thread;
    private final Set<Client> clients = new LinkedHashSet<>();
    private ResourceSet resources = ResourceSet.EMPTY;
    private boolean loaded;

    /**
     * @param thread runs its tasks one after the other
     */
    DiscoveryService(Executor thread) {
        this.thread = thread;
    }

    /** Replaces what is served and tells every client the difference. Called from any thread. */
    void publish(ResourceSet next) {
        thread.execute(
                () -> {
                    resources = next;
                    loaded = true;
                    clients.forEach(Client::push);
                });
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        String name = Authentication.CALLER.get(Context.current()).pod();
        Client client =
                new Client(name, (ServerCallStreamObserver<DeltaDiscoveryResponse>) responses);
        thread.execute(() -> clients.add(client));
        client.responses.setOnCancelHandler(() -> thread.execute(() -> clients.remove(client)));
        return client;
    }

    private final class Client implements StreamObserver<DeltaDiscoveryRequest> {
        private final String name;
        private final ServerCallStreamObserver<DeltaDiscoveryResponse> responses;
        private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();

        Client(String name, ServerCallStreamObserver<DeltaDiscoveryResponse> responses) {
            this.name = name;
            this.responses = responses;
        }

        @Override
        public void onNext(DeltaDiscoveryRequest request) {
            thread.execute(() -> received(request));
        }

        private void received(DeltaDiscoveryRequest request) {
            String type = request.getTypeUrl();
            Subscription subscription = subscriptions.get(type);
            if (subscription == null) {
                if (subscriptions.size() == MAX_TYPES) {
                    end(Status.INVALID_ARGUMENT.withDescription("too many types"));
                    return;
                }
                log.info("{} subscribes to {}", name, type);
                subscriptions.put(
                        type, new Subscription(type, request.getInitialResourceVersionsMap()));
            } else if (subscription.acknowledged(request.getResponseNonce())
                    && request.hasErrorDetail()) {
                log.warn("{} rejects {}: {}", name, type, request.getErrorDetail().getMessage());
            }
            push();
        }

        /** Policies first: a client must not know a workload before the policies that guard it. */
        void push() {
            if (!loaded) {
                return;
            }
            send(subscriptions.get(AUTHORIZATION));
            subscriptions.forEach(
                    (type, subscription) -> {
                        if (!type.equals(AUTHORIZATION)) {
                            send(subscription);
                        }
                    });
        }

        private void send(@Nullable Subscription subscription) {
            if (subscription == null || responses.isCancelled()) {
                return;
            }
            DeltaDiscoveryResponse response = subscription.next(resources);
            if (response != null) {
                log.info(
                        "to {}: {} changed, {} removed of {}",
                        name,
                        response.getResourcesCount(),
                        response.getRemovedResourcesCount(),
                        response.getTypeUrl());
                responses.onNext(response);
            }
        }

        private void end(Status status) {
            clients.remove(this);
            responses.onError(status.asRuntimeException());
        }

        @Override
        public void onError(Throwable error) {
            thread.execute(() -> clients.remove(this));
        }

        @Override
        public void onCompleted() {
            thread.execute(
                    () -> {
                        clients.remove(this);
                        responses.onCompleted();
                    });
        }
    }
}
