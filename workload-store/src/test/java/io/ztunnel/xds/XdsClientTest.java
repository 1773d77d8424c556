package io.ztunnel.xds;

import static io.ztunnel.xds.WireFixture.WADS;
import static io.ztunnel.xds.WireFixture.WDS;
import static io.ztunnel.xds.WireFixture.badPod;
import static io.ztunnel.xds.WireFixture.pod;
import static io.ztunnel.xds.WireFixture.resource;
import static io.ztunnel.xds.WireFixture.response;
import static io.ztunnel.xds.WireFixture.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.ztunnel.api.discovery.DeltaDiscoveryRequest;
import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.security.Action;
import io.ztunnel.api.security.Address;
import io.ztunnel.api.security.Authorization;
import io.ztunnel.api.security.Clause;
import io.ztunnel.api.security.Match;
import io.ztunnel.api.security.Rule;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.Workload;
import io.ztunnel.xds.FakeControlPlane.Received;
import io.ztunnel.xds.FakeControlPlane.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

@Timeout(30)
class XdsClientTest {
    private static final XdsNode NODE =
            XdsNode.of("10.0.0.9", "zt", "istio-system", "n1", Map.of());
    private static final String NAME = "fake-control-plane";

    @TempDir private Path dir;
    private final MeshStore store = new MeshStore("n1");
    private final ManualControl control = new ManualControl();
    private final FakeControlPlane plane = new FakeControlPlane();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private @Nullable Server server;
    private @Nullable XdsClient client;

    private final XdsListener listener =
            new XdsListener() {
                @Override
                public void connected() {
                    told.add("connected");
                }

                @Override
                public void disconnected(Termination reason, String detail, Duration wait) {
                    told.add(reason.label());
                }

                @Override
                public void received(String typeUrl, long resourceBytes) {
                    told.add("received " + resourceBytes);
                }

                @Override
                public void nacked(String typeUrl, String message) {
                    told.add("nacked " + message);
                }

                @Override
                public void synced() {
                    told.add("synced");
                }
            };

    @AfterEach
    void stop() throws Exception {
        if (client != null) {
            client.close();
            Object _ = control.ask(() -> "closed");
        }
        stopServer();
        control.shutdownNow();
    }

    private void startServer() throws IOException {
        server =
                InProcessServerBuilder.forName(NAME)
                        .directExecutor()
                        .addService(plane.service())
                        .build()
                        .start();
    }

    private void stopServer() throws InterruptedException {
        if (server != null) {
            server.shutdownNow().awaitTermination();
            server = null;
        }
    }

    private static XdsSettings settings(@Nullable BearerToken token, Map<String, String> headers) {
        return new XdsSettings(
                new ControlPlane(
                        URI.create("https://istiod.test:15012"),
                        new RootCertificates.OperatingSystem(),
                        null,
                        false,
                        false),
                new RequestHeaders(headers, token, "c1"),
                NODE,
                false);
    }

    private XdsClient start() throws IOException {
        startServer();
        return startClient(settings(null, Map.of()), Subscription.VERSIONS_BUDGET);
    }

    private XdsClient startClient(XdsSettings settings, int budget) {
        XdsClient started =
                new XdsClient(
                        settings,
                        store,
                        () -> InProcessChannelBuilder.forName(NAME).executor(control).build(),
                        control,
                        listener,
                        budget);
        client = started;
        started.start();
        return started;
    }

    private List<String> pods() {
        return store.view().workloads().stream().map(Workload::name).sorted().toList();
    }

    @Test
    void subscribesToAddressesThenPoliciesAndSaysWhoItIs() throws Exception {
        start();
        Stream stream = plane.accept();
        for (String type : List.of(WDS, WADS)) {
            DeltaDiscoveryRequest request = stream.next();
            assertThat(request.getTypeUrl()).isEqualTo(type);
            assertThat(request.getNode().getId())
                    .isEqualTo("ztunnel~10.0.0.9~zt.istio-system~istio-system.svc.cluster.local");
            assertThat(request.getNode().getMetadata().getFieldsMap())
                    .containsEntry("INSTANCE_IPS", XdsNode.text("10.0.0.9"))
                    .containsEntry("NODE_NAME", XdsNode.text("n1"));
            assertThat(request.getInitialResourceVersionsMap()).isEmpty();
            assertThat(request.getResourceNamesSubscribeList()).isEmpty();
            assertThat(request.getResponseNonce()).isEmpty();
        }
    }

    @Test
    void answersOnceAfterTheStoreIsUpdated() throws Exception {
        start();
        Stream stream = plane.acceptSubscribed();
        plane.probe = this::pods;
        stream.send(response(WDS, "n-1", resource(pod("a")), resource(service("h"))));
        Received answer = stream.receive();
        assertThat(answer.seen()).isEqualTo(List.of("a"));
        assertThat(answer.request())
                .isEqualTo(
                        DeltaDiscoveryRequest.newBuilder()
                                .setTypeUrl(WDS)
                                .setResponseNonce("n-1")
                                .build());
        assertThat(store.view().services()).hasSize(1);
        assertThat(stream.exchange(response(WADS, "n-2")).getResponseNonce()).isEqualTo("n-2");
        assertThat(stream.hasMore()).isFalse();
    }

    @Test
    void oneBadResourceIsRejectedAndTheGoodOnesStay() throws Exception {
        start();
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest answer =
                stream.exchange(
                        response(WDS, "n-1", resource(pod("a")), badPod("b"), resource(pod("c"))));
        assertThat(answer.getResponseNonce()).isEqualTo("n-1");
        assertThat(answer.getErrorDetail().getMessage())
                .isEqualTo(
                        "c1//Pod/ns1/b: addresses[1] 0x010203: an IP address has 4 or 16 bytes,"
                                + " not 3");
        assertThat(pods()).containsExactly("a", "c");
    }

    @Test
    void aBadUpdateLeavesTheOldVersion() throws Exception {
        start();
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest _ = stream.exchange(response(WDS, "1", resource(pod("a"))));
        DeltaDiscoveryRequest _ = stream.exchange(response(WDS, "2", badPod("a")));
        assertThat(pods()).containsExactly("a");
    }

    @Test
    void theGateOpensOnlyWhenEachTypeWasAcceptedAsAWhole() throws Exception {
        CompletableFuture<Void> synced = start().synced().toCompletableFuture();
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest _ = stream.exchange(response(WDS, "1", badPod("a")));
        DeltaDiscoveryRequest _ = stream.exchange(response(WADS, "2"));
        Object _ = control.ask(() -> "handled");
        assertThat(synced).isNotDone();
        DeltaDiscoveryRequest _ = stream.exchange(response(WDS, "3", resource(pod("b"))));
        await().until(synced::isDone);
        assertThat(told).containsOnlyOnce("synced");
    }

    @Test
    void emptyResponsesOpenTheGateToo() throws Exception {
        CompletableFuture<Void> synced = start().synced().toCompletableFuture();
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest _ = stream.exchange(response(WDS, "1"));
        DeltaDiscoveryRequest _ = stream.exchange(response(WADS, "2"));
        await().until(synced::isDone);
    }

    @Test
    void removesWhatTheServerNames() throws Exception {
        start();
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest _ =
                stream.exchange(
                        response(
                                WDS,
                                "1",
                                resource(pod("a")),
                                resource(pod("b")),
                                resource(service("h"))));
        DeltaDiscoveryRequest _ =
                stream.exchange(
                        response(
                                WADS,
                                "2",
                                resource(
                                        Authorization.newBuilder()
                                                .setName("p")
                                                .setNamespace("ns1"))));
        assertThat(store.view().policies()).containsOnlyKeys("ns1/p");
        DeltaDiscoveryRequest _ =
                stream.exchange(
                        response(WDS, "3").toBuilder()
                                .addRemovedResources("c1//Pod/ns1/a")
                                .addRemovedResources("ns1/h")
                                .addRemovedResources("c1//Pod/ns1/never-there")
                                .build());
        DeltaDiscoveryRequest _ =
                stream.exchange(
                        response(WADS, "4").toBuilder().addRemovedResources("ns1/p").build());
        assertThat(pods()).containsExactly("b");
        assertThat(store.view().services()).isEmpty();
        assertThat(store.view().policies()).isEmpty();
    }

    @Test
    void aTypeThatWasNotAskedForIsAcknowledged() throws Exception {
        start();
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest answer = stream.exchange(response("type.example/X", "n-9"));
        assertThat(answer)
                .isEqualTo(
                        DeltaDiscoveryRequest.newBuilder()
                                .setTypeUrl("type.example/X")
                                .setResponseNonce("n-9")
                                .build());
    }

    @Test
    void aResourceOfAnotherTypeThanItsResponseIsRejected() throws Exception {
        start();
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest answer = stream.exchange(response(WADS, "1", resource(pod("a"))));
        assertThat(answer.getErrorDetail().getMessage()).contains("resource of type " + WDS);
        assertThat(store.view().workloads()).isEmpty();
    }

    @Test
    void aReconnectTellsWhatIsHeldAndKeepsTheStore() throws Exception {
        start();
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest _ =
                stream.exchange(
                        response(WDS, "1", resource(pod("a")), resource(pod("b")), badPod("c")));
        DeltaDiscoveryRequest _ =
                stream.exchange(
                        response(WDS, "2").toBuilder()
                                .addRemovedResources("c1//Pod/ns1/b")
                                .build());
        DeltaDiscoveryRequest _ =
                stream.exchange(
                        response(
                                WADS,
                                "3",
                                resource(
                                        Authorization.newBuilder()
                                                .setName("p")
                                                .setNamespace("ns1"))));
        stream.fail(Status.UNKNOWN);
        assertThat(control.fireNext()).isEqualTo(Duration.ofMillis(10));
        Stream second = plane.accept();
        assertThat(second.next().getInitialResourceVersionsMap())
                .containsExactly(Map.entry("c1//Pod/ns1/a", "v-c1//Pod/ns1/a"));
        assertThat(second.next().getInitialResourceVersionsMap())
                .containsExactly(Map.entry("ns1/p", ""));
        assertThat(pods()).containsExactly("a");
        assertThat(told).contains("Reconnect");
    }

    @Test
    void whatDoesNotFitTheFirstRequestIsStillFoundToBeGone() throws Exception {
        startServer();
        startClient(settings(null, Map.of()), 60);
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest _ =
                stream.exchange(
                        response(
                                WDS,
                                "1",
                                resource(pod("a")),
                                resource(pod("b")),
                                resource(pod("c"))));
        stream.complete();
        Duration _ = control.fireNext();
        Stream second = plane.accept();
        DeltaDiscoveryRequest request = second.next();
        assertThat(request.getInitialResourceVersionsMap()).hasSize(1);
        DeltaDiscoveryRequest _ = second.next();
        String known = request.getInitialResourceVersionsMap().keySet().iterator().next();
        String alive = known.endsWith("a") ? "b" : "a";
        DeltaDiscoveryRequest _ = second.exchange(response(WDS, "1", resource(pod(alive))));
        assertThat(pods()).containsExactlyInAnyOrder(known.substring(known.length() - 1), alive);
    }

    @Test
    void waitsLongerAfterEachFailureAndFindsTheServerWhenItComes() throws Exception {
        startClient(settings(null, Map.of()), Subscription.VERSIONS_BUDGET);
        for (long millis : new long[] {20, 40, 80, 160}) {
            assertThat(control.fireNext()).isEqualTo(Duration.ofMillis(millis));
        }
        await().until(() -> told.size() == 5 && control.hasTimer());
        startServer();
        assertThat(control.fireNext()).isEqualTo(Duration.ofMillis(320));
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest _ = stream.exchange(response(WDS, "1", resource(pod("a"))));
        assertThat(pods()).containsExactly("a");
        assertThat(told.subList(0, 5)).containsOnly("ConnectionError");
        assertThat(told.get(5)).isEqualTo("connected");
    }

    @Test
    void aServerThatRefusesIsNotHammered() throws Exception {
        plane.refusal = Status.PERMISSION_DENIED;
        start();
        assertThat(control.fireNext()).isEqualTo(Duration.ofMillis(20));
        assertThat(control.fireNext()).isEqualTo(Duration.ofMillis(40));
        await().until(() -> told.size() == 3);
        assertThat(told).containsOnly("ConnectionError");
    }

    @Test
    void aServerThatCompletesAtOnceIsNotHammered() throws Exception {
        start();
        plane.acceptSubscribed().complete();
        assertThat(control.fireNext()).isEqualTo(Duration.ofMillis(20));
        plane.acceptSubscribed().complete();
        assertThat(control.fireNext()).isEqualTo(Duration.ofMillis(40));
    }

    @Test
    void anErrorOfAnEstablishedStreamBacksOff() throws Exception {
        start();
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest _ = stream.exchange(response(WDS, "1"));
        stream.fail(Status.INTERNAL);
        assertThat(control.fireNext()).isEqualTo(Duration.ofMillis(20));
        assertThat(told).contains("Error");
    }

    @Test
    void theTokenIsReadForEachStreamAndWinsOverExtraHeaders() throws Exception {
        Path token = dir.resolve("token");
        Files.writeString(token, "first\n");
        startServer();
        startClient(
                settings(
                        new BearerToken.File(token),
                        Map.of("authorization", "mine", "x-extra", "1")),
                Subscription.VERSIONS_BUDGET);
        Stream stream = plane.acceptSubscribed();
        Metadata headers = plane.headers.take();
        assertThat(header(headers, "authorization")).containsExactly("Bearer first");
        assertThat(header(headers, "clusterid")).containsExactly("c1");
        assertThat(header(headers, "x-extra")).containsExactly("1");
        Files.writeString(token, "second\n");
        stream.fail(Status.UNKNOWN);
        Duration _ = control.fireNext();
        Stream _ = plane.accept();
        assertThat(header(plane.headers.take(), "authorization")).containsExactly("Bearer second");
    }

    @Test
    void withoutATokenNothingIsClaimed() throws Exception {
        start();
        Stream _ = plane.accept();
        Metadata headers = plane.headers.take();
        assertThat(header(headers, "authorization")).isEmpty();
        assertThat(header(headers, "clusterid")).isEmpty();
    }

    private static Iterable<String> header(Metadata headers, String name) {
        Iterable<String> values =
                headers.getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
        return values == null ? List.of() : values;
    }

    @Test
    void anEmptyTokenFileIsAnErrorWithABackoff() throws Exception {
        Path token = dir.resolve("token");
        Files.writeString(token, "");
        startServer();
        startClient(settings(new BearerToken.File(token), Map.of()), Subscription.VERSIONS_BUDGET);
        await().until(control::hasTimer);
        assertThat(told).containsExactly("Error");
        Files.writeString(token, "t");
        assertThat(control.fireNext()).isEqualTo(Duration.ofMillis(20));
        Stream _ = plane.acceptSubscribed();
    }

    @Test
    void aPolicyWithAnUnreadableValueIsKeptAtItsStrictestAndReported() throws Exception {
        start();
        Stream stream = plane.acceptSubscribed();
        Authorization.Builder policy =
                Authorization.newBuilder()
                        .setName("p")
                        .setNamespace("ns1")
                        .setAction(Action.ALLOW)
                        .addRules(
                                Rule.newBuilder()
                                        .addClauses(
                                                Clause.newBuilder()
                                                        .addMatches(
                                                                Match.newBuilder()
                                                                        .addSourceIps(
                                                                                Address
                                                                                        .getDefaultInstance()))));
        DeltaDiscoveryRequest answer = stream.exchange(response(WADS, "1", resource(policy)));
        assertThat(answer.getErrorDetail().getMessage()).startsWith("ns1/p: source_ips 0x:");
        assertThat(store.view().policies()).containsOnlyKeys("ns1/p");
        stream.fail(Status.UNKNOWN);
        Duration _ = control.fireNext();
        Stream second = plane.accept();
        DeltaDiscoveryRequest _ = second.next();
        assertThat(second.next().getInitialResourceVersionsMap()).containsOnlyKeys("ns1/p");
    }

    @Test
    void tellsTheSizeOfWhatArrivesAlsoWhenItIsRejected() throws Exception {
        start();
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryResponse bad = response(WDS, "1", badPod("a"));
        DeltaDiscoveryRequest _ = stream.exchange(bad);
        int bytes = bad.getResources(0).getResource().getValue().size();
        assertThat(told).contains("connected", "received " + bytes);
    }

    @Test
    void aFailingListenerOfTheClientEndsTheStreamWithAnErrorAndIsRetried() throws Exception {
        startServer();
        XdsClient failing =
                new XdsClient(
                        settings(null, Map.of()),
                        store,
                        () -> InProcessChannelBuilder.forName(NAME).executor(control).build(),
                        control,
                        new XdsListener() {
                            @Override
                            public void received(String typeUrl, long resourceBytes) {
                                throw new IllegalStateException("listener of a test");
                            }

                            @Override
                            public void disconnected(
                                    Termination reason, String detail, Duration wait) {
                                told.add(reason.label() + " " + detail);
                            }
                        },
                        Subscription.VERSIONS_BUDGET);
        client = failing;
        failing.start();
        plane.acceptSubscribed().send(response(WDS, "1"));
        assertThat(control.fireNext()).isEqualTo(Duration.ofMillis(20));
        assertThat(told).singleElement().asString().contains("Error", "listener of a test");
        Stream _ = plane.acceptSubscribed();
    }

    @Test
    void closingEndsTheStreamForGood() throws Exception {
        XdsClient closing = start();
        Stream _ = plane.acceptSubscribed();
        closing.close();
        Object _ = control.ask(() -> "closed");
        Object _ = control.ask(() -> "and its callbacks");
        assertThat(control.hasTimer()).isFalse();
        assertThat(told).doesNotContain("Error", "ConnectionError", "Reconnect", "Complete");
    }
}
