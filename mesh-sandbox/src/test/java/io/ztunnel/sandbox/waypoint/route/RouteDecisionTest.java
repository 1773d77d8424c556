package io.ztunnel.sandbox.waypoint.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** What becomes of a request that a rule takes. */
class RouteDecisionTest {
    private static final String TO_V1 = "backendRefs: [{name: reviews-v1, port: 9080}]";

    private static RouteDecision.Forward forward(Routes routes, String line, String... headers) {
        return (RouteDecision.Forward) routes.decide(line, headers);
    }

    private static String share(int requests, Routes routes, String service) {
        RandomGenerator random = new SplittableRandom(42);
        long hits = 0;
        for (int i = 0; i < requests; i++) {
            if (routes.decide(9080, random, "GET /") instanceof RouteDecision.Forward to
                    && to.backend().orElseThrow().name().equals(service)) {
                hits++;
            }
        }
        return String.valueOf(hits * 100 / requests);
    }

    @Test
    void weightsAreShares() {
        Routes routes =
                new Routes(
                        Routes.route(
                                "split",
                                "[{backendRefs: [{name: reviews-v1, port: 9080, weight: 90},"
                                        + " {name: reviews-v2, port: 9080, weight: 10}]}]"));

        assertThat(Integer.parseInt(share(10_000, routes, "reviews-v1"))).isBetween(88, 92);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{name: reviews-v1, port: 9080, weight: 0}               | 500",
                "{name: nobody, port: 9080}                              | 500",
                "{name: reviews-v1, port: 7}                             | 500",
                "{name: curl, namespace: client, port: 9080}             | 500",
                "{group: x.io, kind: Thing, name: a}                     | 500",
            })
    void aBackendThatCannotBeUsedIsA500(String backend, String status) {
        assertThat(new Routes(Routes.route("r", "[{backendRefs: [" + backend + "]}]")).to("GET /"))
                .isEqualTo(status);
        assertThat(new Routes(Routes.route("r", "[{}]")).to("GET /")).isEqualTo("500");
    }

    @Test
    void onlyTheShareOfABadBackendIsA500() {
        Routes routes =
                new Routes(
                        Routes.route(
                                "r",
                                "[{backendRefs: [{name: reviews-v1, port: 9080},"
                                        + " {name: nobody, port: 9080}]}]"));

        assertThat(Integer.parseInt(share(10_000, routes, "reviews-v1"))).isBetween(48, 52);
        assertThat(routes.problems).hasSize(1);
        assertThat(routes.problems.getFirst().field()).isEqualTo("spec.rules[0].backendRefs[1]");
    }

    @ParameterizedTest
    @CsvSource({
        "client, HTTPRoute, bookinfo, curl, true",
        "client, HTTPRoute, bookinfo, '', true",
        "client, HTTPRoute, bookinfo, other, false",
        "client, HTTPRoute, elsewhere, '', false",
        "client, TCPRoute, bookinfo, '', false",
        "bookinfo, HTTPRoute, bookinfo, '', false"
    })
    void anotherNamespaceHasToGrantItsServices(
            String in, String kind, String from, String name, boolean granted) {
        String grant =
                """
                apiVersion: gateway.networking.k8s.io/v1beta1
                kind: ReferenceGrant
                metadata: {name: g, namespace: %s}
                spec:
                  from: [{group: gateway.networking.k8s.io, kind: %s, namespace: %s}]
                  to: [{group: '', kind: Service%s}]
                """
                        .formatted(in, kind, from, name.isEmpty() ? "" : ", name: " + name);
        String route =
                Routes.route("r", "[{backendRefs: [{name: curl, namespace: client, port: 9080}]}]");

        assertThat(new Routes(route, grant).to("GET /")).isEqualTo(granted ? "curl" : "500");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{hostname: new.org}                               | /a/b?q=1 | 302 |"
                        + " http://new.org:9080/a/b?q=1",
                "{hostname: new.org, port: 80}                     | /a/b     | 302 |"
                        + " http://new.org/a/b",
                "{scheme: https}                                   | /a/b     | 302 |"
                        + " https://reviews/a/b",
                "{scheme: https, port: 443}                        | /a/b     | 302 |"
                        + " https://reviews/a/b",
                "{scheme: https, port: 8443}                       | /a/b     | 302 |"
                        + " https://reviews:8443/a/b",
                "{statusCode: 301}                                 | /a/b     | 301 |"
                        + " http://reviews:9080/a/b",
                "{statusCode: 308}                                 | /a/b     | 308 |"
                        + " http://reviews:9080/a/b",
                "{path: {type: ReplaceFullPath, replaceFullPath: /n}} | /a/b?q=1 | 302 |"
                        + " http://reviews:9080/n?q=1",
                "{path: {type: ReplacePrefixMatch, replacePrefixMatch: /n}} | /a/b?q=1 | 302 |"
                        + " http://reviews:9080/n/b?q=1",
            })
    void aRedirectIsAnsweredAtTheWaypoint(String redirect, String path, int status, String to) {
        Routes routes =
                new Routes(
                        Routes.route(
                                "r",
                                "[{matches: [{path: {value: /a}}], filters: [{type:"
                                        + " RequestRedirect, requestRedirect: "
                                        + redirect
                                        + "}]}]"));

        RouteDecision.Respond respond = (RouteDecision.Respond) routes.decide("GET " + path);

        assertThat(respond.status()).isEqualTo(status);
        assertThat(respond.headers()).containsEntry("location", to);
    }

    @ParameterizedTest
    @CsvSource({
        "/a, /n, /a/b, /n/b",
        "/a, /n/, /a/b, /n/b",
        "/a/, /n, /a/b, /n/b",
        "/a, /n, /a, /n",
        "/a, /, /a/b, /b",
        "/a, /, /a, /",
        "/a, /, /a/, /",
        "/, /n, /b, /n/b",
        "/a, /n, /a/b?q=1, /n/b?q=1"
    })
    void aPrefixIsReplacedByWholeElements(
            String prefix, String replacement, String path, String target) {
        Routes routes =
                new Routes(
                        Routes.route(
                                "r",
                                ("[{matches: [{path: {value: %s}}], filters: [{type: URLRewrite,"
                                                + " urlRewrite: {path: {type: ReplacePrefixMatch,"
                                                + " replacePrefixMatch: %s}}}], %s}]")
                                        .formatted(prefix, replacement, TO_V1)));

        assertThat(forward(routes, "GET " + path).target()).isEqualTo(target);
    }

    @Test
    void aRewriteMayGiveAnotherHostAndPath() {
        Routes routes =
                new Routes(
                        Routes.route(
                                "r",
                                "[{filters: [{type: URLRewrite, urlRewrite: {hostname: v1.org,"
                                        + " path: {type: ReplaceFullPath, replaceFullPath:"
                                        + " /full}}}], "
                                        + TO_V1
                                        + "}]"));
        RouteDecision.Forward forward = forward(routes, "GET /a?q=1");

        assertThat(forward.authority()).isEqualTo("v1.org");
        assertThat(forward.target()).isEqualTo("/full?q=1");
    }

    @Test
    void headersAreSetAddedAndRemovedByTheRuleAndThenByTheBackend() {
        Routes routes =
                new Routes(
                        Routes.route(
                                "r",
                                """
                                - filters:
                                  - type: RequestHeaderModifier
                                    requestHeaderModifier:
                                      set: [{name: x-set, value: rule}]
                                      add: [{name: x-add, value: rule}]
                                      remove: [x-old]
                                  - type: ResponseHeaderModifier
                                    responseHeaderModifier: {set: [{name: x-via, value: w}]}
                                  backendRefs:
                                  - name: reviews-v1
                                    port: 9080
                                    filters:
                                    - type: RequestHeaderModifier
                                      requestHeaderModifier: {add: [{name: x-add, value: b}]}
                                """
                                        .indent(4)
                                        .replaceFirst("^", "\n")));
        RouteDecision.Forward forward = forward(routes, "GET /");
        HttpHeaders headers =
                new DefaultHttpHeaders().add("x-old", "1").add("X-Set", "0").add("x-add", "0");
        forward.request().forEach(changes -> changes.apply(headers));

        assertThat(headers.contains("x-old")).isFalse();
        assertThat(headers.getAll("x-set")).containsExactly("rule");
        assertThat(headers.getAll("x-add")).containsExactly("0", "rule", "b");
        assertThat(forward.response()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 100",
        "'percent: 0', 0",
        "'percent: 25', 25",
        "'fraction: {numerator: 1, denominator: 4}', 25",
        "'fraction: {numerator: 3}', 3"
    })
    void aShareOfTheRequestsIsMirrored(String share, int percent) {
        Routes routes =
                new Routes(
                        Routes.route(
                                "r",
                                "[{filters: [{type: RequestMirror, requestMirror: {backendRef:"
                                        + " {name: reviews-v2, port: 9080}"
                                        + (share.isEmpty() ? "" : ", " + share)
                                        + "}}], "
                                        + TO_V1
                                        + "}]"));
        RandomGenerator random = new SplittableRandom(5);
        int mirrored = 0;
        for (int i = 0; i < 10_000; i++) {
            mirrored +=
                    ((RouteDecision.Forward) routes.decide(9080, random, "GET /")).mirrors().size();
        }

        assertThat(mirrored / 100).isBetween(percent - 2, percent + 2);
    }

    @Test
    void aFilterThatIsNotThereIsNotSkipped() {
        assertThat(
                        new Routes(
                                        Routes.route(
                                                "r",
                                                "[{filters: [{type: ExtensionRef, extensionRef:"
                                                        + " {group: x.io, kind: F, name: f}}], "
                                                        + TO_V1
                                                        + "}]"))
                                .to("GET /"))
                .isEqualTo("500");
    }

    @Test
    void limitsAndRepetitionsAreThoseOfTheRule() {
        Routes routes =
                new Routes(
                        Routes.route(
                                "r",
                                "[{timeouts: {request: 1m30s, backendRequest: 500ms}, retry:"
                                        + " {attempts: 4, codes: [503, 504], backoff: 10ms}, "
                                        + TO_V1
                                        + "}]"));
        RouteDecision.Forward forward = forward(routes, "GET /");

        assertThat(forward.timeouts())
                .isEqualTo(new Timeouts(Duration.ofSeconds(90), Duration.ofMillis(500)));
        assertThat(forward.retry())
                .isEqualTo(new Retry(4, java.util.Set.of(503, 504), Duration.ofMillis(10)));
        assertThat(forward(new Routes(), "GET /").retry()).isEqualTo(Retry.DEFAULT);
    }
}
