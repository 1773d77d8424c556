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

import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.ztunnel.api.discovery.DeltaDiscoveryRequest;
import io.ztunnel.api.discovery.DeltaDiscoveryResponse;
import io.ztunnel.api.discovery.Resource;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshStore;
import io.ztunnel.store.NameSource;
import io.ztunnel.xds.FakeControlPlane.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The client that is told of nothing but what it asks for, against a server that says as told. */
@Timeout(30)
class XdsOnDemandTest {
    private static final String ALIAS = "/10.0.0.1";
    private static final String POD = "c1//Pod/ns1/a";

    private final MeshStore store = new MeshStore("n1");
    private final ManualControl control = new ManualControl();
    private final FakeControlPlane plane = new FakeControlPlane();
    private @Nullable Server server;
    private XdsClient client;
    private NameSource names;

    @BeforeEach
    void start() throws Exception {
        server =
                InProcessServerBuilder.forName("on-demand")
                        .directExecutor()
                        .addService(plane.service())
                        .build()
                        .start();
        startClient(Subscription.VERSIONS_BUDGET);
    }

    private static XdsSettings settings(boolean onDemand) {
        return new XdsSettings(
                new ControlPlane(
                        URI.create("https://istiod.test:15012"),
                        new RootCertificates.OperatingSystem(),
                        null,
                        false,
                        false),
                new RequestHeaders(Map.of(), null, "c1"),
                XdsNode.of("10.0.0.9", "zt", "istio-system", "n1", Map.of()),
                onDemand);
    }

    private void startClient(int budget) {
        client =
                new XdsClient(
                        settings(true),
                        store,
                        () ->
                                InProcessChannelBuilder.forName("on-demand")
                                        .executor(control)
                                        .build(),
                        control,
                        XdsListener.NONE,
                        budget);
        names = Objects.requireNonNull(client.names());
        client.start();
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        Object _ = control.ask(() -> "closed");
        if (server != null) {
            server.shutdownNow().awaitTermination();
        }
        control.shutdownNow();
    }

    private CompletableFuture<Void> fetch(String name) {
        return names.fetch(Set.of(name)).toCompletableFuture();
    }

    private static DeltaDiscoveryRequest subscribe(String name) {
        return DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(WDS)
                .addResourceNamesSubscribe(name)
                .build();
    }

    private static DeltaDiscoveryRequest unsubscribe(String name) {
        return DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(WDS)
                .addResourceNamesUnsubscribe(name)
                .build();
    }

    private static DeltaDiscoveryRequest ack(String nonce) {
        return DeltaDiscoveryRequest.newBuilder().setTypeUrl(WDS).setResponseNonce(nonce).build();
    }

    private static Resource aliased(Resource resource, String alias) {
        return resource.toBuilder().addAliases(alias).build();
    }

    private static DeltaDiscoveryResponse removing(String nonce, String name) {
        return response(WDS, nonce).toBuilder().addRemovedResources(name).build();
    }

    @Test
    void subscribesToNoAddressAndToEveryPolicy() throws Exception {
        Stream stream = plane.accept();
        DeltaDiscoveryRequest addresses = stream.next();
        assertThat(addresses.getTypeUrl()).isEqualTo(WDS);
        assertThat(addresses.getResourceNamesSubscribeList()).containsExactly("*");
        assertThat(addresses.getResourceNamesUnsubscribeList()).containsExactly("*");
        assertThat(addresses.getInitialResourceVersionsMap()).isEmpty();
        assertThat(addresses.hasNode()).isTrue();
        DeltaDiscoveryRequest policies = stream.next();
        assertThat(policies.getTypeUrl()).isEqualTo(WADS);
        assertThat(policies.getResourceNamesSubscribeList()).isEmpty();
        assertThat(policies.getResourceNamesUnsubscribeList()).isEmpty();
    }

    @Test
    void isReadyWithThePoliciesAlone() throws Exception {
        CompletableFuture<Void> synced = client.synced().toCompletableFuture();
        Stream stream = plane.acceptSubscribed();
        DeltaDiscoveryRequest _ = stream.exchange(response(WDS, "1"));
        Object _ = control.ask(() -> "handled");
        assertThat(synced).isNotDone();
        DeltaDiscoveryRequest _ = stream.exchange(response(WADS, "2"));
        await().until(synced::isDone);
    }

    @Test
    void anAddressIsAskedForAndInTheStoreBeforeItsWaitEnds() throws Exception {
        Stream stream = plane.acceptSubscribed();
        CompletableFuture<Object> seen =
                fetch(ALIAS)
                        .thenApply(
                                done ->
                                        store.view()
                                                .workloadByAddress(
                                                        "", IpAddress.parse("10.0.0.1")));
        assertThat(stream.next()).isEqualTo(subscribe(ALIAS));
        stream.send(response(WDS, "1", aliased(resource(pod("a")), ALIAS)));
        assertThat(stream.next()).as("one ACK, without names").isEqualTo(ack("1"));
        await().until(seen::isDone);
        assertThat(seen.get()).isNotNull();
        assertThat(stream.next())
                .as("the pod is followed by its own name")
                .isEqualTo(unsubscribe(ALIAS));
        assertThat(stream.hasMore()).isFalse();
    }

    @Test
    void aServiceIsAskedForByItsNameAndKept() throws Exception {
        Stream stream = plane.acceptSubscribed();
        CompletableFuture<Void> wait = fetch("ns1/s.test");
        assertThat(stream.next()).isEqualTo(subscribe("ns1/s.test"));
        assertThat(stream.exchange(response(WDS, "1", resource(service("s.test")))))
                .isEqualTo(ack("1"));
        await().until(wait::isDone);
        Object _ = control.ask(() -> "handled");
        assertThat(stream.hasMore()).as("it is held, and so is its subscription").isFalse();
        assertThat(store.view().services()).hasSize(1);
    }

    @Test
    void whatDoesNotExistIsAnsweredAndCanBeAskedForAgain() throws Exception {
        Stream stream = plane.acceptSubscribed();
        CompletableFuture<Void> wait = fetch(ALIAS);
        DeltaDiscoveryRequest _ = stream.next();
        assertThat(stream.exchange(removing("1", ALIAS))).isEqualTo(ack("1"));
        assertThat(stream.next()).isEqualTo(unsubscribe(ALIAS));
        await().until(wait::isDone);
        assertThat(wait).isCompleted();
        assertThat(fetch(ALIAS)).as("the answer is fresh").isCompleted();
        Object _ = control.ask(() -> "handled");
        assertThat(stream.hasMore()).isFalse();
    }

    @Test
    void whatIsRejectedIsAnsweredToo() throws Exception {
        Stream stream = plane.acceptSubscribed();
        CompletableFuture<Void> wait = fetch(ALIAS);
        DeltaDiscoveryRequest _ = stream.next();
        DeltaDiscoveryRequest nack =
                stream.exchange(response(WDS, "1", aliased(badPod("a"), ALIAS)));
        assertThat(nack.hasErrorDetail()).isTrue();
        assertThat(stream.next()).isEqualTo(unsubscribe(ALIAS));
        await().until(wait::isDone);
        assertThat(store.view().workloads()).isEmpty();
    }

    @Test
    void whatGoesIsGivenBack() throws Exception {
        Stream stream = plane.acceptSubscribed();
        CompletableFuture<Void> _ = fetch(POD);
        DeltaDiscoveryRequest _ = stream.next();
        DeltaDiscoveryRequest _ = stream.exchange(response(WDS, "1", resource(pod("a"))));
        assertThat(stream.exchange(removing("2", POD))).isEqualTo(ack("2"));
        assertThat(stream.next()).isEqualTo(unsubscribe(POD));
        assertThat(store.view().workloads()).isEmpty();
    }

    @Test
    void aReconnectAsksAgainForWhatIsHeldAndForWhatIsWanted() throws Exception {
        Stream stream = plane.acceptSubscribed();
        CompletableFuture<Void> _ = fetch(ALIAS);
        DeltaDiscoveryRequest _ = stream.next();
        DeltaDiscoveryRequest _ =
                stream.exchange(response(WDS, "1", aliased(resource(pod("a")), ALIAS)));
        DeltaDiscoveryRequest _ = stream.next();
        CompletableFuture<Void> unanswered = fetch("/10.0.0.2");
        DeltaDiscoveryRequest _ = stream.next();
        stream.fail(Status.UNKNOWN);
        ManualControl.Timer reconnect = control.takeTimer();
        while (reconnect.delay().equals(OnDemand.PATIENCE)) {
            reconnect = control.takeTimer();
        }
        CompletableFuture<Void> whileAway = fetch("/10.0.0.3");
        Object _ = control.ask(() -> "wanted");
        control.execute(reconnect.task());

        Stream second = plane.accept();
        DeltaDiscoveryRequest again = second.next();
        assertThat(again.getResourceNamesSubscribeList()).containsExactly("*");
        assertThat(again.getResourceNamesUnsubscribeList()).containsExactly("*");
        assertThat(again.getInitialResourceVersionsMap())
                .containsExactlyInAnyOrderEntriesOf(
                        Map.of(POD, "v-" + POD, "/10.0.0.2", "", "/10.0.0.3", ""));
        DeltaDiscoveryRequest _ = second.next();
        second.send(
                removing("1", "/10.0.0.2").toBuilder().addRemovedResources("/10.0.0.3").build());
        await().until(() -> unanswered.isDone() && whileAway.isDone());
        assertThat(store.view().workloads()).as("what is held stays").hasSize(1);
    }

    @Test
    void namesThatDoNotFitTheFirstRequestAreAskedForByFurtherOnes() throws Exception {
        client.close();
        Stream _ = plane.acceptSubscribed();
        int budget = 100;
        startClient(budget);
        Stream stream = plane.acceptSubscribed();
        Resource[] pods = new Resource[20];
        Set<String> held = new HashSet<>();
        for (int i = 0; i < pods.length; i++) {
            pods[i] = resource(pod("p" + i));
            held.add(pods[i].getName());
        }
        DeltaDiscoveryRequest _ = stream.exchange(response(WDS, "1", pods));
        stream.complete();
        Duration _ = control.fireNext();
        Stream second = plane.accept();
        DeltaDiscoveryRequest first = second.next();
        Set<String> told = new HashSet<>(first.getInitialResourceVersionsMap().keySet());
        assertThat(told).isNotEmpty().hasSizeLessThan(5);
        DeltaDiscoveryRequest next = second.next();
        while (next.getTypeUrl().equals(WDS)) {
            assertThat(next.getSerializedSize()).isLessThan(budget + WDS.length() + 10);
            assertThat(next.getResourceNamesUnsubscribeList()).isEmpty();
            told.addAll(next.getResourceNamesSubscribeList());
            next = second.next();
        }
        assertThat(told).isEqualTo(held);
        DeltaDiscoveryRequest _ = second.exchange(response(WDS, "1"));
        assertThat(store.view().workloads()).as("nothing is taken for gone").hasSize(20);
    }

    @Test
    void whoIsToldEverythingHasNobodyToAsk() {
        XdsClient everything =
                new XdsClient(
                        settings(false),
                        store,
                        () -> InProcessChannelBuilder.forName("nobody").build(),
                        control,
                        XdsListener.NONE,
                        1);
        assertThat(everything.names()).isNull();
    }
}
