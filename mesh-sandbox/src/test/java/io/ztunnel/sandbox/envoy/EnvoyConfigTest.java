package io.ztunnel.sandbox.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.cluster.Bookinfo;
import io.ztunnel.sandbox.waypoint.WaypointState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

class EnvoyConfigTest {
    private static String listener(String... documents) {
        return States.json(MainListener.of(States.bookinfo(documents), "bookinfo/waypoint"));
    }

    @Test
    void whereNothingIsServedThereIsNoListener() {
        WaypointState nothing =
                WaypointState.of(
                        MeshSettings.DEFAULT,
                        Bookinfo.plain(),
                        "bookinfo",
                        "waypoint",
                        problem -> {});

        assertThat(MainListener.of(nothing, "bookinfo/waypoint")).isEmpty();
    }

    @Test
    void eachServiceHasAChainForItsAddressesAndPort() {
        assertThat(listener())
                .contains(
                        "'filter_chain_match':{'destination_port':9080,'prefix_ranges':"
                                + "[{'address_prefix':'10.4.188.144','prefix_len':32}")
                .contains("'name':'outbound|9080||reviews.bookinfo.svc.cluster.local'")
                .contains("'internal_listener':{}")
                .doesNotContain("istiod")
                .doesNotContain("http_inspector");
    }

    @ParameterizedTest
    @CsvSource({
        "', appProtocol: tcp', false, true, false",
        "', appProtocol: http', true, false, false",
        "'', true, true, true"
    })
    void theProtocolOfAPortSaysWhatIsLookedAt(
            String protocol, boolean http, boolean tcp, boolean inspected) {
        String all =
                listener(
                        """
                        apiVersion: v1
                        kind: Service
                        metadata: {name: any, namespace: bookinfo}
                        spec:
                          clusterIP: 10.4.99.1
                          selector: {app: ratings}
                          ports: [{port: 7000, targetPort: 9080%s}]
                        """
                                .formatted(protocol));
        String chains = all.substring(all.indexOf("{'name':'outbound|7000||any"));
        int next = chains.indexOf("{'name':'outbound|9080");
        String own = next < 0 ? chains : chains.substring(0, next);

        assertThat(own.contains("http_connection_manager")).isEqualTo(http);
        assertThat(own.contains("tcp_proxy")).isEqualTo(tcp);
        assertThat(all.contains("http_inspector")).isEqualTo(inspected);
        if (inspected) {
            // Everywhere else it would make servers wait that speak first.
            assertThat(all)
                    .contains("{'destination_port_range':{'start':0,'end':7000}}")
                    .contains("{'destination_port_range':{'start':7001,'end':65536}}");
        }
    }

    @Test
    void podsInTheMeshAreReachedThroughTunnelsAndOthersInPlainText() {
        String outside =
                """
                apiVersion: v1
                kind: Pod
                metadata:
                  name: outside
                  namespace: bookinfo
                  labels: {app: outside, istio.io/dataplane-mode: none}
                spec: {containers: [{name: a, image: echo}]}
                status: {podIP: 10.244.1.99}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: outside, namespace: bookinfo}
                spec: {selector: {app: outside}, ports: [{name: grpc, port: 9080}]}
                """;
        WaypointState state = States.bookinfo(outside);
        String clusters = States.json(Clusters.of(state));

        assertThat(clusters)
                .contains(
                        "{'envoy_internal_address':{'server_listener_name':'connect_originate',"
                                + "'endpoint_id':'10.244.")
                .contains("'envoy.filters.listener.original_dst':{'local':'10.244.")
                .matches(".*outbound\\|9080\\|\\|outside.*'socket_address'.*")
                // gRPC is HTTP/2 on both sides.
                .contains("'explicit_http_config':{'http2_protocol_options':{}}");
    }

    @Test
    void theBootstrapAsksClientsForTheirIdentityAndTakesTheRestFromFiles(@TempDir Path folder)
            throws Exception {
        EnvoyFiles files = EnvoyFiles.in(folder.resolve("f"));
        String bootstrap =
                States.json(new Bootstrap("bookinfo/waypoint", "p", "td.local", files).message());

        assertThat(bootstrap)
                .contains("'require_client_certificate':true")
                .contains("{'san_type':'URI','matcher':{'prefix':'spiffe://td.local/'}}")
                .contains("'tls_minimum_protocol_version':'TLSv1_3'")
                .contains("'address':'::','port_value':15008,'ipv4_compat':true")
                .contains("'upstream_port_override':15008")
                .contains("'lds_config':{'path_config_source':{'path':'" + folder)
                .contains("'sds_config':{'path_config_source'")
                .doesNotContain("PRIVATE");
    }
}
