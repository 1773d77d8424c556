package io.ztunnel.sandbox.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.ztunnel.sandbox.istiod.SigningAuthority;
import io.ztunnel.sandbox.waypoint.MeshIdentity;
import io.ztunnel.sandbox.waypoint.WaypointState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Every field that is written is one of Envoy's: a real one reads it all. */
class EnvoyAcceptsIT {
    private static final String PATH = "{matches: [{path: {type: PathPrefix, value: /a}}], ";
    private static final String TO = "backendRefs: [{name: reviews-v1, port: 9080}]}";

    @TempDir private Path folder;

    private static Path envoy() {
        try {
            return EnvoyBinary.here().find();
        } catch (IOException none) {
            if (System.getProperty("sandbox.envoy", "").equals("required")) {
                throw new AssertionError(none.getMessage(), none);
            }
            System.out.println("SKIPPED: no Envoy reads the configuration: " + none.getMessage());
            return abort("no Envoy: " + none.getMessage());
        }
    }

    private String validate(WaypointState state) throws Exception {
        Path envoy = envoy();
        EnvoyFiles files = EnvoyFiles.in(folder.resolve("f"));
        SigningAuthority authority =
                SigningAuthority.open(folder, "cluster.local", InstantSource.system());
        KeyPair keys = SigningAuthority.newKeyPair();
        MeshIdentity.Pem pem =
                new MeshIdentity.Pem(
                        SigningAuthority.pem(
                                authority.signWorkload(
                                        keys.getPublic(), "spiffe://a/b", Duration.ofHours(1))),
                        SigningAuthority.pem(keys.getPrivate()),
                        authority.rootPem());
        files.serve(EnvoyFiles.IDENTITY, Secrets.TYPE, List.of(Secrets.identity(pem)));
        files.serve(EnvoyFiles.ROOTS, Secrets.TYPE, List.of(Secrets.roots(pem)));
        Map<String, Object> message =
                new Bootstrap("bookinfo/waypoint", "p", "cluster.local", files).message();
        message.remove("dynamic_resources");
        if (message.get("static_resources") instanceof Map<?, ?> given) {
            List<Object> listeners = new ArrayList<>((List<?>) given.get("listeners"));
            listeners.addAll(MainListener.of(state, "bookinfo/waypoint"));
            List<Object> clusters = new ArrayList<>((List<?>) given.get("clusters"));
            clusters.addAll(Clusters.of(state));
            message.put("static_resources", Proto.of("listeners", listeners, "clusters", clusters));
        }
        files.write(EnvoyFiles.BOOTSTRAP, message);
        Process process =
                new ProcessBuilder(
                                envoy.toString(),
                                "--mode",
                                "validate",
                                "--config-path",
                                files.path(EnvoyFiles.BOOTSTRAP).toString())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: Host, value:"
                        + " h}, {name: x, value: 5%}], add: [{name: y, value: z}], remove: [w]}}",
                "{type: ResponseHeaderModifier, responseHeaderModifier: {remove: [x]}}",
                "{type: URLRewrite, urlRewrite: {hostname: h, path: {type: ReplacePrefixMatch,"
                        + " replacePrefixMatch: /}}}",
                "{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath:"
                        + " /n}}}",
                "{type: RequestRedirect, requestRedirect: {scheme: https, hostname: h, port: 444,"
                        + " path: {type: ReplacePrefixMatch, replacePrefixMatch: /n}, statusCode:"
                        + " 301}}",
                "{type: RequestRedirect, requestRedirect: {path: {type: ReplaceFullPath,"
                        + " replaceFullPath: /n}}}",
                "{type: RequestMirror, requestMirror: {backendRef: {name: ratings, port: 9080},"
                        + " percent: 20}}"
            })
    void everyFilter(String filter) throws Exception {
        String backend = filter.contains("RequestRedirect") ? "}" : ", " + TO;
        String route = States.route(PATH + "filters: [" + filter + "]" + backend);

        assertThat(validate(States.bookinfo(route))).contains("OK");
    }

    @Test
    void everyMatchAndLimitAndHostname() throws Exception {
        String rule =
                "{matches: [{path: {type: Exact, value: /a}, method: GET, headers: [{name: x,"
                    + " value: y}, {name: z, type: RegularExpression, value: 'a+'}], queryParams:"
                    + " [{name: q, value: v}]}], timeouts: {request: 2s, backendRequest: 1s},"
                    + " retry: {attempts: 3, codes: [503, 504], backoff: 100ms}, "
                        + TO;

        assertThat(
                        validate(
                                States.bookinfo(
                                        States.route(rule),
                                        States.route(
                                                        "{name: waypoint}",
                                                        "hostnames: ['*.b.c', a.b.c]",
                                                        rule)
                                                .replace("name: r,", "name: s,"))))
                .contains("OK");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ALLOW", "DENY", "CUSTOM"})
    void everyConditionForRequestsAndConnections(String action) throws Exception {
        String rule =
                "{from: [{source: {principals: [a/*], notPrincipals: ['*/b'], namespaces: ['*', c],"
                    + " serviceAccounts: [d], ipBlocks: [10.0.0.0/8, 'fd00::/8'],"
                    + " notRemoteIpBlocks: [10.1.1.1], requestPrincipals: ['*']}}], to:"
                    + " [{operation: {hosts: [a.b, '*.c', 'd:80'], notHosts: ['e*'], methods:"
                    + " [GET], paths: [/a, '/b*', '*c', '/{*}/d/{**}'], ports: ['9080']}}], when:"
                    + " [{key: 'request.headers[x]', values: [y]}, {key: destination.ip, values:"
                    + " [10.4.0.0/16]}, {key: connection.sni, notValues: [z]}]}";
        String tcp =
                """
                apiVersion: v1
                kind: Service
                metadata: {name: reviews, namespace: bookinfo}
                spec: {selector: {app: reviews}, ports: [{name: any, port: 9080}, {name: b, port: 9000, appProtocol: tcp}]}
                """;

        assertThat(validate(States.bookinfo(States.policy(action, rule)))).contains("OK");
        WaypointState any =
                States.bookinfo(
                        States.policy(action, rule).replace("name: reviews}", "name: any}"),
                        tcp.replace("name: reviews,", "name: any,"));
        assertThat(validate(any)).contains("OK");
    }
}
