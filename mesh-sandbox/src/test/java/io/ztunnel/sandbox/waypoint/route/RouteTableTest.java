package io.ztunnel.sandbox.waypoint.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.SplittableRandom;

/** What matches, what goes first, and what a route may be attached to. */
class RouteTableTest {
    private static final String TO_V1 = "backendRefs: [{name: reviews-v1, port: 9080}]";
    private static final String TO_V2 = "backendRefs: [{name: reviews-v2, port: 9080}]";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "path: {type: Exact, value: /a}                        | GET /a       | true",
                "path: {type: Exact, value: /a}                        | GET /a?x=1   | true",
                "path: {type: Exact, value: /a}                        | GET /a/      | false",
                "path: {type: Exact, value: /a}                        | GET /A       | false",
                "path: {type: PathPrefix, value: /a}                   | GET /a       | true",
                "path: {type: PathPrefix, value: /a}                   | GET /a/b     | true",
                "path: {type: PathPrefix, value: /a}                   | GET /ab      | false",
                "path: {type: PathPrefix, value: /a/}                  | GET /a       | true",
                "path: {type: PathPrefix, value: /a/}                  | GET /ab      | false",
                "path: {type: PathPrefix, value: /}                    | GET /x       | true",
                "path: {value: /a}                                     | GET /a/b     | true",
                "path: {type: RegularExpression, value: '/r/[0-9]+'}   | GET /r/12    | true",
                "path: {type: RegularExpression, value: '/r/[0-9]+'}   | GET /r/12/x  | false",
                "path: {type: RegularExpression, value: '/r/[0-9]+'}   | GET /r/12?x  | true",
                "method: POST                                          | POST /a      | true",
                "method: POST                                          | GET /a       | false",
                "headers: [{name: x-user, value: jason}]               | GET /a       | true",
                "headers: [{name: X-USER, value: jason}]               | GET /a       | true",
                "headers: [{name: x-user, value: Jason}]               | GET /a       | false",
                "headers: [{name: x-user, value: j}]                   | GET /a       | false",
                "headers: [{name: x-many, value: 'a,b'}]               | GET /a       | true",
                "headers: [{name: x-none, value: a}]                   | GET /a       | false",
                "headers: [{type: RegularExpression, name: x-user, value: 'j.*'}] | GET / | true",
                "headers: [{type: RegularExpression, name: x-user, value: 'a.*'}] | GET / | false",
                "headers: [{name: x-user, value: jason}, {name: x-no, value: a}] | GET / | false",
                "headers: [{name: x-user, value: jason}, {name: X-User, value: b}] | GET / | true",
                "queryParams: [{name: v, value: '2'}]                  | GET /a?v=2   | true",
                "queryParams: [{name: v, value: '2'}]                  | GET /a?v=3   | false",
                "queryParams: [{name: v, value: '2'}]                  | GET /a?V=2   | false",
                "queryParams: [{name: v, value: '2'}]                  | GET /a       | false",
                "queryParams: [{name: v, value: 'a b'}]                | GET /a?v=a%20b | true",
                "queryParams: [{type: RegularExpression, name: v, value: '[0-9]'}] | GET /?v=7 |"
                        + " true",
                "'method: GET, path: {value: /a}'                      | GET /b       | false",
                "'method: GET, path: {value: /a}'                      | PUT /a       | false",
                "'method: GET, path: {value: /a}'                      | GET /a       | true",
            })
    void aMatchHoldsWhenAllOfItDoes(String match, String line, boolean matches) {
        String inner = match.startsWith("'") ? match.substring(1, match.length() - 1) : match;
        Routes routes =
                new Routes(Routes.route("r", "[{matches: [{" + inner + "}], " + TO_V1 + "}]"));

        assertThat(routes.to(line, "x-user", "jason", "x-many", "a", "x-many", "b"))
                .isEqualTo(matches ? "reviews-v1" : "404");
    }

    @Test
    void oneOfTheMatchesIsEnoughAndWithoutAnyTheRuleTakesEverything() {
        assertThat(
                        new Routes(
                                        Routes.route(
                                                "r",
                                                "[{matches: [{method: PUT}, {path: {value: /b}}], "
                                                        + TO_V1
                                                        + "}]"))
                                .to("GET /b"))
                .isEqualTo("reviews-v1");
        assertThat(new Routes(Routes.route("r", "[{" + TO_V1 + "}]")).to("PATCH /x"))
                .isEqualTo("reviews-v1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // what loses                                  | what wins
                "path: {type: PathPrefix, value: /a/b/c}       | path: {type: Exact, value:"
                        + " /a/b/c}",
                "path: {type: PathPrefix, value: /a}           | path: {type: PathPrefix, value:"
                        + " /a/b}",
                "path: {type: RegularExpression, value: '/.*'} | path: {type: PathPrefix, value:"
                        + " /a}",
                "path: {type: PathPrefix, value: /a}           | method: GET, path: {value: /a}",
                "path: {value: /a}, headers: [{name: h, value: '1'}, {name: i, value: '1'}] |"
                        + " method: GET, path: {value: /a}",
                "path: {value: /a}, headers: [{name: h, value: '1'}] | path: {value: /a}, headers:"
                        + " [{name: h, value: '1'}, {name: i, value: '1'}]",
                "path: {value: /a}, queryParams: [{name: q, value: '1'}] | path: {value: /a},"
                        + " headers: [{name: h, value: '1'}]",
                "path: {value: /a}                             | path: {value: /a}, queryParams:"
                        + " [{name: q, value: '1'}]",
            })
    void theMoreSpecificMatchWinsWhateverTheOrder(String loser, String winner) {
        String losing = "{matches: [{" + loser + "}], " + TO_V1 + "}";
        String winning = "{matches: [{" + winner + "}], " + TO_V2 + "}";
        String[] headers = {"h", "1", "i", "1"};

        assertThat(
                        new Routes(Routes.route("r", "[" + losing + ", " + winning + "]"))
                                .to("GET /a/b/c?q=1", headers))
                .isEqualTo("reviews-v2");
        assertThat(
                        new Routes(
                                        Routes.route("a", "[" + losing + "]"),
                                        Routes.route("b", "[" + winning + "]"))
                                .to("GET /a/b/c?q=1", headers))
                .isEqualTo("reviews-v2");
    }

    @Test
    void amongEqualMatchesTheFirstRuleWins() {
        assertThat(new Routes(Routes.route("r", "[{" + TO_V2 + "}, {" + TO_V1 + "}]")).to("GET /"))
                .isEqualTo("reviews-v2");
    }

    @Test
    void amongRoutesTheOlderWinsAndThenTheOneOfTheLesserName() {
        String b = Routes.route("b", "[{" + TO_V1 + "}]");
        String a = Routes.route("a", "[{" + TO_V2 + "}]");
        String old = b.replace("{name: b,", "{name: b, creationTimestamp: '2020-01-01T00:00:00Z',");
        String young =
                a.replace("{name: a,", "{name: a, creationTimestamp: '2021-01-01T00:00:00Z',");

        assertThat(new Routes(b, a).to("GET /")).isEqualTo("reviews-v2");
        assertThat(new Routes(young, old).to("GET /")).isEqualTo("reviews-v1");
    }

    @Test
    void aRouteOfOnePortLeavesTheOthersAlone() {
        Routes routes =
                new Routes(
                        Routes.route(
                                "r",
                                "{group: '', kind: Service, name: reviews, port: 9081}",
                                "[{" + TO_V1 + "}]"));

        assertThat(routes.to("GET /")).isEqualTo("-");
        assertThat(routes.decide(9081, new SplittableRandom(1), "GET /").route())
                .isEqualTo("bookinfo/r[0]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // Service in the core group, by its long and its short name
                "{group: '', kind: Service, name: reviews}     | reviews-v1",
                "{group: core, kind: Service, name: reviews}   | reviews-v1",
                "{group: '', kind: Service, name: ratings}     | -",
                "{group: '', kind: Service, name: nobody}      | -",
                "{name: waypoint}                              | reviews-v1",
                "{kind: Gateway, group: gateway.networking.k8s.io, name: waypoint} | reviews-v1",
                "{name: other}                                 | -",
                "{name: waypoint, namespace: client}           | -",
                "{group: x.io, kind: Thing, name: reviews}     | -",
            })
    void aRouteCountsWhereItIsAttached(String parent, String to) {
        assertThat(new Routes(Routes.route("r", parent, "[{" + TO_V1 + "}]")).to("GET /"))
                .isEqualTo(to);
    }

    @Test
    void aRouteOfTheServiceGoesBeforeOneOfTheGateway() {
        String gateway = Routes.route("a", "{name: waypoint}", "[{" + TO_V1 + "}]");
        String service = Routes.route("b", "[{matches: [{path: {value: /b}}], " + TO_V2 + "}]");

        assertThat(new Routes(gateway, service).to("GET /b")).isEqualTo("reviews-v2");
        assertThat(new Routes(gateway, service).to("GET /a")).isEqualTo("404");
    }

    @ParameterizedTest
    @CsvSource({
        "reviews, reviews-v1",
        "other, -",
        "'*.example.org', -",
        "'*', -",
    })
    void hostnamesOfARouteOfTheGatewayChooseByHost(String hostname, String to) {
        String route =
                Routes.route("r", "{name: waypoint}", "[{" + TO_V1 + "}]")
                        .replace("  rules:", "  hostnames: ['" + hostname + "']\n  rules:");

        assertThat(new Routes(route).to("GET /")).isEqualTo(to);
    }

    @Test
    void aRouteOfAnotherNamespaceIsNotForThisWaypoint() {
        String consumer =
                """
                apiVersion: gateway.networking.k8s.io/v1
                kind: HTTPRoute
                metadata: {name: mine, namespace: client}
                spec:
                  parentRefs: [{group: '', kind: Service, name: reviews, namespace: bookinfo}]
                  rules: [{backendRefs: [{name: curl, port: 9080}]}]
                """;
        String uninvited =
                consumer.replace(
                        "{group: '', kind: Service, name: reviews, namespace: bookinfo}",
                        "{name: waypoint, namespace: bookinfo}");

        assertThat(new Routes(consumer).to("GET /")).isEqualTo("-");
        Routes routes = new Routes(uninvited);
        assertThat(routes.to("GET /")).isEqualTo("-");
        assertThat(routes.problems).hasSize(1);
        assertThat(routes.problems.getFirst().reason()).contains("does not admit routes of");
    }
}
