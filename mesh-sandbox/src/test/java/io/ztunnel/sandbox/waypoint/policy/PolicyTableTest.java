package io.ztunnel.sandbox.waypoint.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.ztunnel.sandbox.ambient.GatewayScope;
import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.waypoint.request.BadRequestException;
import io.ztunnel.sandbox.waypoint.request.RequestHead;
import io.ztunnel.sandbox.waypoint.route.ServicePort;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class PolicyTableTest {
    private static final String TO_REVIEWS =
            "targetRefs: [{group: '', kind: Service, name: reviews}]";
    private static final ServicePort REVIEWS =
            new ServicePort("bookinfo", "reviews.bookinfo.svc.cluster.local", 9080);

    private final List<Problem> problems = new ArrayList<>();
    private final List<String> shadows = new ArrayList<>();

    private PolicyTable table(String... documents) {
        String yaml = String.join("\n---\n", documents);
        ManifestSet set = ManifestLoader.parse("test.yaml", yaml);
        if (!set.problems().isEmpty()) {
            throw new AssertionError(set.problems());
        }
        return PolicyTable.of(
                new GatewayScope(MeshSettings.DEFAULT, set.objects(), "bookinfo", "waypoint"),
                problems::add);
    }

    private static String policy(String namespace, String name, String spec) {
        return """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata: {name: %s, namespace: %s}
        spec: {%s}
        """
                .formatted(name, namespace, spec);
    }

    private static String policy(String action, String rule) {
        return policy(
                "bookinfo", "p", TO_REVIEWS + ", action: " + action + ", rules: [" + rule + "]");
    }

    private static Attempted attempted(@org.jspecify.annotations.Nullable String line) {
        try {
            Optional<RequestHead> head =
                    line == null ? Optional.empty() : Optional.of(RequestHead.of(request(line)));
            return new Attempted(
                    Client.of("spiffe://cluster.local/ns/client/sa/curl"),
                    InetAddress.ofLiteral("10.2.1.7"),
                    new InetSocketAddress(InetAddress.ofLiteral("10.4.188.144"), 9080),
                    head);
        } catch (BadRequestException e) {
            throw new AssertionError(e);
        }
    }

    private static HttpRequest request(String line) {
        String[] words = line.split(" ", -1);
        HttpRequest request =
                new DefaultHttpRequest(
                        HttpVersion.HTTP_1_1, HttpMethod.valueOf(words[0]), words[1]);
        request.headers().set("host", "Reviews.bookinfo:9080").set("x-team", "blue");
        return request;
    }

    private String verdict(PolicyTable table, Optional<ServicePort> service, Attempted attempted) {
        return switch (table.check(service, attempted, shadows::add)) {
            case Verdict.Allowed() -> "allowed";
            case Verdict.Denied denied -> denied.reason();
        };
    }

    private boolean allows(PolicyTable table, String line) {
        return verdict(table, Optional.of(REVIEWS), attempted(line)).equals("allowed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                              | true",
                "to: [{operation: {methods: [GET]}}]                             | true",
                "to: [{operation: {methods: [PUT, GET]}}]                        | true",
                "to: [{operation: {methods: [PUT]}}]                             | false",
                "to: [{operation: {methods: [PUT]}}, {operation: {methods: [GET]}}] | true",
                "to: [{operation: {notMethods: [GET]}}]                          | false",
                "to: [{operation: {methods: ['*']}}]                             | true",
                "to: [{operation: {paths: [/reviews/1]}}]                        | true",
                "to: [{operation: {paths: ['/reviews/*']}}]                      | true",
                "to: [{operation: {paths: ['*/1']}}]                             | true",
                "to: [{operation: {paths: [/reviews]}}]                          | false",
                "to: [{operation: {notPaths: ['/reviews/*']}}]                   | false",
                "to: [{operation: {paths: ['/reviews/{*}']}}]                    | true",
                "to: [{operation: {paths: ['/{*}']}}]                            | false",
                "to: [{operation: {paths: ['/{**}']}}]                           | true",
                "to: [{operation: {methods: [GET], paths: [/x]}}]                | false",
                "to: [{operation: {hosts: [reviews.bookinfo]}}]                  | true",
                "to: [{operation: {hosts: ['REVIEWS.bookinfo:9080']}}]           | true",
                "to: [{operation: {hosts: ['reviews.bookinfo:80']}}]             | false",
                "to: [{operation: {hosts: ['reviews.*']}}]                       | true",
                "to: [{operation: {notHosts: ['*.bookinfo']}}]                   | false",
                "to: [{operation: {ports: ['9080']}}]                            | true",
                "to: [{operation: {ports: ['80']}}]                              | false",
                "to: [{operation: {notPorts: ['9080']}}]                         | false",
                "from: [{source: {principals: [cluster.local/ns/client/sa/curl]}}] | true",
                "from: [{source: {principals: ['*/sa/curl']}}]                   | true",
                "from: [{source: {principals: ['*']}}]                           | true",
                "from: [{source: {principals: [cluster.local/ns/client/sa/x]}}]  | false",
                "from: [{source: {notPrincipals: ['*/sa/curl']}}]                | false",
                "from: [{source: {namespaces: [client]}}]                        | true",
                "from: [{source: {namespaces: ['cli*']}}]                        | true",
                "from: [{source: {namespaces: [bookinfo]}}]                      | false",
                "from: [{source: {notNamespaces: [bookinfo]}}]                   | true",
                "from: [{source: {serviceAccounts: [client/curl]}}]              | true",
                "from: [{source: {serviceAccounts: [curl]}}]                     | false",
                "from: [{source: {ipBlocks: [10.2.0.0/16]}}]                     | true",
                "from: [{source: {ipBlocks: [10.2.1.7]}}]                        | true",
                "from: [{source: {ipBlocks: [10.3.0.0/16]}}]                     | false",
                "from: [{source: {notIpBlocks: [10.2.1.0/24]}}]                  | false",
                "from: [{source: {ipBlocks: ['fd00::/8']}}]                      | false",
                "from: [{source: {requestPrincipals: ['*']}}]                    | false",
                "from: [{source: {notRequestPrincipals: ['*']}}]                 | true",
                "from: [{source: {namespaces: [client]}}], to: [{operation: {methods: [PUT]}}] |"
                        + " false",
                "when: [{key: 'request.headers[x-team]', values: [blue]}]        | true",
                "when: [{key: 'request.headers[X-Team]', values: ['b*']}]        | true",
                "when: [{key: 'request.headers[x-team]', values: [red]}]         | false",
                "when: [{key: 'request.headers[x-team]', notValues: [blue]}]     | false",
                "when: [{key: 'request.headers[x-none]', notValues: [blue]}]     | true",
                "when: [{key: 'request.headers[x-none]', values: ['*']}]         | false",
                "when: [{key: source.namespace, values: [client]}]               | true",
                "when: [{key: source.principal, values: ['*/sa/curl']}]          | true",
                "when: [{key: source.ip, values: [10.2.0.0/16]}]                 | true",
                "when: [{key: destination.ip, values: [10.4.188.144]}]           | true",
                "when: [{key: destination.port, values: ['9080']}]               | true",
                "when: [{key: destination.port, notValues: ['9080']}]            | false",
                "when: [{key: source.namespace, values: [client]}, {key: destination.port, values:"
                        + " ['1']}] | false",
                "when: [{key: 'request.auth.claims[iss]', values: ['*']}]        | false",
            })
    void aRuleMatchesWhenAllOfItsPartsDo(String rule, boolean matches) {
        String written = rule.equals("{}") ? rule : "{" + rule + "}";

        assertThat(allows(table(policy("ALLOW", written)), "GET /reviews/1?x=y"))
                .isEqualTo(matches);
        assertThat(allows(table(policy("DENY", written)), "GET /reviews/1?x=y"))
                .isEqualTo(!matches);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "when: [{key: connection.sni, values: [a]}]",
                "when: [{key: connection.sni, notValues: [a]}]",
                "when: [{key: experimental.unheard.of, values: [a]}]",
                "from: [{source: {ipBlocks: [garbage]}}]",
                "from: [{source: {notIpBlocks: [10.0.0.0/99]}}]",
            })
    void whatCannotBeSeenNeverOpensADoor(String rule) {
        assertThat(allows(table(policy("ALLOW", "{" + rule + "}")), "GET /")).isFalse();
        assertThat(allows(table(policy("DENY", "{" + rule + "}")), "GET /")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /admin", "GET /x/../admin", "GET /%61dmin", "GET /./admin"})
    void noSpellingOfAPathSlipsPastARule(String line) {
        assertThat(allows(table(policy("DENY", "{to: [{operation: {paths: [/admin]}}]}")), line))
                .isFalse();
    }

    @Test
    void denyGoesBeforeAllowAndNamesItself() {
        PolicyTable table =
                table(
                        policy("bookinfo", "all", TO_REVIEWS + ", rules: [{}]"),
                        policy(
                                "bookinfo",
                                "no-delete",
                                TO_REVIEWS
                                        + ", action: DENY, rules: [{to: [{operation: {methods:"
                                        + " [DELETE]}}]}]"));

        assertThat(verdict(table, Optional.of(REVIEWS), attempted("GET /"))).isEqualTo("allowed");
        assertThat(verdict(table, Optional.of(REVIEWS), attempted("DELETE /")))
                .isEqualTo("denied by bookinfo/no-delete");
    }

    @ParameterizedTest
    @CsvSource({
        "ALLOW, , false",
        "DENY, , true",
        "AUDIT, , true",
        "ALLOW, {}, true",
        "DENY, {}, false",
        "AUDIT, {}, true",
        "CUSTOM, {}, false"
    })
    void withoutRulesAPolicyMatchesNothing(
            String action, @org.jspecify.annotations.Nullable String rule, boolean allowed) {
        assertThat(allows(table(policy(action, rule == null ? "" : rule)), "GET /"))
                .isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // namespace and targets of a policy that denies all | of reviews | of a workload
                "bookinfo     | {group: '', kind: Service, name: reviews}      | false | true",
                "bookinfo     | {group: core, kind: Service, name: reviews}    | false | true",
                "bookinfo     | {kind: Service, name: reviews}                 | false | true",
                "bookinfo     | {kind: Service, name: ratings}                 | true  | true",
                "client       | {kind: Service, name: reviews}                 | true  | true",
                "bookinfo     | {group: gateway.networking.k8s.io, kind: Gateway, name: waypoint} |"
                        + " false | false",
                "bookinfo     | {group: gateway.networking.k8s.io, kind: Gateway, name: other}    |"
                        + " true | true",
                "client       | {group: gateway.networking.k8s.io, kind: Gateway, name: waypoint} |"
                        + " true | true",
                "istio-system | {group: gateway.networking.k8s.io, kind: GatewayClass, name:"
                        + " istio-waypoint} | false | false",
                "bookinfo     | {group: gateway.networking.k8s.io, kind: GatewayClass, name:"
                        + " istio-waypoint} | true | true",
                "bookinfo     | {kind: Service, name: ratings}, {kind: Service, name: reviews} |"
                        + " false | true",
            })
    void aPolicyCountsForItsTargets(
            String namespace, String targets, boolean reviews, boolean workload) {
        PolicyTable table =
                table(
                        policy(
                                namespace,
                                "p",
                                "targetRefs: [" + targets + "], action: DENY, rules: [{}]"));

        assertThat(allows(table, "GET /")).isEqualTo(reviews);
        assertThat(verdict(table, Optional.empty(), attempted("GET /")).equals("allowed"))
                .isEqualTo(workload);
    }

    @Test
    void aPolicyWithoutTargetsIsNotForWaypoints() {
        PolicyTable table =
                table(
                        policy("bookinfo", "a", "action: DENY, rules: [{}]"),
                        policy("istio-system", "b", "action: DENY, rules: [{}]"),
                        policy(
                                "bookinfo",
                                "c",
                                "selector: {matchLabels: {app: x}}, action: DENY, rules: [{}]"));

        assertThat(allows(table, "GET /")).isTrue();
    }

    /** A connection that is not HTTP has neither methods nor paths. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ALLOW | {from: [{source: {namespaces: [client]}}]}                      | true",
                "ALLOW | {to: [{operation: {methods: [GET]}}]}                           | false",
                "ALLOW | {to: [{operation: {notMethods: [GET]}}]}                        | false",
                "DENY  | {to: [{operation: {methods: [DELETE], ports: ['9080']}}]}       | false",
                "DENY  | {to: [{operation: {methods: [DELETE], ports: ['1']}}]}          | true",
                "DENY  | {from: [{source: {namespaces: [x]}}], to: [{operation: {methods: [GET]}}]}"
                        + " | true",
            })
    void ofAConnectionWithoutHttpOnlyLayer4CanBeSaid(String action, String rule, boolean allowed) {
        assertThat(
                        verdict(table(policy(action, rule)), Optional.of(REVIEWS), attempted(null))
                                .equals("allowed"))
                .isEqualTo(allowed);
    }

    @Test
    void aDryRunIsOnlyTold() {
        String dry =
                policy("DENY", "{}")
                        .replace(
                                "namespace: bookinfo}",
                                "namespace: bookinfo, annotations: {istio.io/dry-run: 'true'}}");

        assertThat(allows(table(dry), "GET /")).isTrue();
        assertThat(shadows).containsExactly("denied by bookinfo/p");
    }

    @ParameterizedTest
    @CsvSource({
        "spiffe://cluster.local/ns/a/sa/b, cluster.local/ns/a/sa/b, a, b",
        "spiffe://td/other, td/other, '', ''"
    })
    void aClientIsWhoItsCertificateSays(String id, String principal, String ns, String sa) {
        assertThat(Client.of(id)).isEqualTo(new Client(principal, ns, sa));
    }
}
