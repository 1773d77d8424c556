package io.ztunnel.sandbox.istiod;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.ztunnel.api.discovery.AggregatedDiscoveryServiceGrpc;
import io.ztunnel.api.discovery.DeltaDiscoveryRequest;
import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;
import io.ztunnel.sandbox.istiod.ServiceAccountTokens.Claims;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Delta xDS: each client is sent what changed and told what is gone, of everything or, of
 * addresses, of what it asks for. Every stream and the current resources belong to one executor
 * thread.
 */
final class DiscoveryService
        extends AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase {
    static final String ADDRESS = "type.googleapis.com/istio.workload.Address";
    static final String AUTHORIZATION = "type.googleapis.com/istio.security.Authorization";

    private static final Logger log = LoggerFactory.getLogger(DiscoveryService.class);
    private static final String EVERYTHING = "*";
    private static final int MAX_TYPES = 8;
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int MAX_LINES = 10;

    private final Executor thread;
    private final Set<Client> clients = new LinkedHashSet<>();
    private final ServedResources resources = new ServedResources(this::note);
    private boolean loaded;

    /**
     * @param thread runs its tasks one after the other
     */
    DiscoveryService(Executor thread) {
        this.thread = thread;
    }

    /**
     * Replaces what a source serves and tells every client the difference. Nobody is told anything
     * before the sandbox's objects are known. Called from any thread.
     */
    void publish(ServedResources.Source source, ResourceSet next) {
        thread.execute(
                () -> {
                    resources.replace(source, next);
                    loaded |= source == ServedResources.Source.OBJECTS;
                    clients.forEach(Client::push);
                });
    }

    /** Changes one resource; costs nothing for the others. Called from any thread. */
    void update(String typeUrl, Resource resource) {
        thread.execute(
                () -> {
                    resources.put(typeUrl, resource);
                    clients.forEach(Client::push);
                });
    }

    /**
     * How many clients have acknowledged everything that is served of what they subscribe to.
     * Called from any thread.
     */
    CompletableFuture<Integer> settled() {
        return CompletableFuture.supplyAsync(
                () -> (int) clients.stream().filter(Client::isSettled).count(), thread);
    }

    private void note(
            String typeUrl, String name, @Nullable Resource before, @Nullable Resource after) {
        for (Client client : clients) {
            Subscription subscription = client.subscriptions.get(typeUrl);
            if (subscription != null) {
                subscription.changed(name, before);
            }
        }
    }

    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
            StreamObserver<DeltaDiscoveryResponse> responses) {
        Claims caller = Authentication.CALLER.get(Context.current());
        Client client =
                new Client(caller, (ServerCallStreamObserver<DeltaDiscoveryResponse>) responses);
        thread.execute(() -> clients.add(client));
        client.responses.setOnCancelHandler(() -> thread.execute(() -> clients.remove(client)));
        return client;
    }

    private final class Client implements StreamObserver<DeltaDiscoveryRequest> {
        private final String name;
        private final String node;
        private final ServerCallStreamObserver<DeltaDiscoveryResponse> responses;
        private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
        private long window = System.nanoTime();
        private int lines;
        private int unsaid;

        Client(Claims caller, ServerCallStreamObserver<DeltaDiscoveryResponse> responses) {
            this.name = caller.pod();
            this.node = caller.node();
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
                subscriptions.put(type, subscription(request));
            } else if (request.getResponseNonce().isEmpty()) {
                subscription.follow(
                        request.getResourceNamesSubscribeList(),
                        request.getResourceNamesUnsubscribeList());
            } else if (subscription.acknowledged(request.getResponseNonce())
                    && request.hasErrorDetail()) {
                log.warn("{} rejects {}: {}", name, type, request.getErrorDetail().getMessage());
            }
            push();
        }

        /** Who takes back the subscription to everything at once asks for names one by one. */
        private Subscription subscription(DeltaDiscoveryRequest request) {
            Map<String, String> held = request.getInitialResourceVersionsMap();
            boolean onDemand =
                    request.getTypeUrl().equals(ADDRESS)
                            && request.getResourceNamesSubscribeList().contains(EVERYTHING)
                            && request.getResourceNamesUnsubscribeList().contains(EVERYTHING);
            return onDemand
                    ? new OnDemandSubscription(node, held)
                    : new WholeSubscription(request.getTypeUrl(), held);
        }

        boolean isSettled() {
            return loaded
                    && !subscriptions.isEmpty()
                    && subscriptions.values().stream().allMatch(Subscription::isSettled);
        }

        /** Policies first: a client must not know a workload before the policies that guard it. */
        void push() {
            if (!loaded) {
                return;
            }
            send(AUTHORIZATION);
            for (String type : subscriptions.keySet()) {
                if (!type.equals(AUTHORIZATION)) {
                    send(type);
                }
            }
        }

        private void send(String type) {
            Subscription subscription = subscriptions.get(type);
            if (subscription == null || responses.isCancelled()) {
                return;
            }
            DeltaDiscoveryResponse response = subscription.next(resources.of(type));
            if (response != null) {
                log(response);
                responses.onNext(response);
            }
        }

        /** A mesh that changes all the time is not to fill the log. */
        private void log(DeltaDiscoveryResponse response) {
            long now = System.nanoTime();
            if (now - window >= WINDOW_NANOS) {
                window = now;
                lines = 0;
            }
            if (++lines > MAX_LINES) {
                unsaid++;
                return;
            }
            log.info(
                    "to {}: {} changed, {} removed of {}{}",
                    name,
                    response.getResourcesCount(),
                    response.getRemovedResourcesCount(),
                    response.getTypeUrl(),
                    unsaid == 0 ? "" : " (" + unsaid + " responses before it are not listed)");
            unsaid = 0;
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
