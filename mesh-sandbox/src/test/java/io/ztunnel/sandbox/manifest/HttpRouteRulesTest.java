package io.ztunnel.sandbox.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class HttpRouteRulesTest {
    private static List<Problem> problems(String rules) {
        return ManifestLoader.parse(
                        "route.yaml",
                        """
                        apiVersion: gateway.networking.k8s.io/v1
                        kind: HTTPRoute
                        metadata: {name: r, namespace: bookinfo}
                        spec:
                          parentRefs:
                          - {group: '', kind: Service, name: reviews}
                          rules:
                          - %s
                        """
                                .formatted(rules))
                .problems();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{matches: [{path: {type: Exact, value: a}}]}            |"
                        + " spec.rules[0].matches[0].path.value | does not begin with /",
                "{matches: [{path: {value: /a/../b}}]}                   |"
                        + " spec.rules[0].matches[0].path.value | no path matches",
                "{matches: [{path: {value: /a//b}}]}                     |"
                        + " spec.rules[0].matches[0].path.value | no path matches",
                "{matches: [{path: {type: Glob, value: /a}}]}            |"
                        + " spec.rules[0].matches[0].path.type | is not one of Exact",
                "{matches: [{path: {type: RegularExpression, value: '('}}]} |"
                        + " spec.rules[0].matches[0].path.value | no regular expression",
                "{matches: [{method: FETCH}]}                            |"
                        + " spec.rules[0].matches[0].method | is not one of GET",
                "{matches: [{headers: [{name: 'a b', value: c}]}]}       |"
                        + " spec.rules[0].matches[0].headers[0].name | not the name of a header",
                "{matches: [{headers: [{name: a}]}]}                     |"
                        + " spec.rules[0].matches[0].headers[0].value | is missing",
                "{matches: [{queryParams: [{value: a}]}]}                |"
                        + " spec.rules[0].matches[0].queryParams[0].name | is missing",
                "{backendRefs: [{name: a}]}                              |"
                        + " spec.rules[0].backendRefs[0].port | is missing",
                "{backendRefs: [{name: a, port: 80, weight: -1}]}        |"
                        + " spec.rules[0].backendRefs[0].weight | expected a whole number",
                "{timeouts: {request: 10}}                               |"
                        + " spec.rules[0].timeouts.request | expected a string",
                "{timeouts: {request: 10 seconds}}                       |"
                        + " spec.rules[0].timeouts.request | not a duration",
                "{timeouts: {request: 1s, backendRequest: 2s}}           |"
                        + " spec.rules[0].timeouts.backendRequest | longer than request",
                "{retry: {codes: [200]}}                                 |"
                        + " spec.rules[0].retry.codes[0] | 400..599",
                "{retry: {attempts: many}}                               |"
                        + " spec.rules[0].retry.attempts | expected a whole number",
                "{filters: [{type: Magic}]}                              |"
                        + " spec.rules[0].filters[0].type | not a type of filter",
                "{filters: [{type: URLRewrite}]}                         |"
                        + " spec.rules[0].filters[0].urlRewrite | is missing",
                "{filters: [{type: RequestRedirect, requestRedirect: {statusCode: 200}}]} |"
                        + " spec.rules[0].filters[0].requestRedirect.statusCode | not one of 301",
                "{filters: [{type: RequestRedirect, requestRedirect: {}}], backendRefs: [{name: a,"
                        + " port: 1}]} | spec.rules[0].backendRefs | must be left out",
                "{filters: [{type: RequestRedirect, requestRedirect: {}}, {type: URLRewrite,"
                        + " urlRewrite: {}}]} | spec.rules[0].filters | exclude each other",
                "{filters: [{type: URLRewrite, urlRewrite: {}}, {type: URLRewrite, urlRewrite:"
                        + " {}}]} | spec.rules[0].filters[1].type | only once",
                "{filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath}}}]} |"
                        + " spec.rules[0].filters[0].urlRewrite.path.replaceFullPath | is missing",
                "{matches: [{path: {type: Exact, value: /a}}], filters: [{type: URLRewrite,"
                    + " urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}]} |"
                    + " spec.rules[0].filters[0].urlRewrite.path.type | exactly one match",
                "{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: a, port: 1},"
                    + " percent: 101}}]} | spec.rules[0].filters[0].requestMirror.percent | 0..100",
                "{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: a, port: 1},"
                    + " fraction: {numerator: 3, denominator: 2}}}]} |"
                    + " spec.rules[0].filters[0].requestMirror.fraction.numerator | more than the"
                    + " denominator",
                "{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name:"
                    + " a}]}}]} | spec.rules[0].filters[0].requestHeaderModifier.set[0].value | is"
                    + " missing",
            })
    void aBadRouteIsReportedWithFileLineFieldAndReason(String rule, String field, String reason) {
        List<Problem> problems = problems(rule);

        assertThat(problems).hasSize(1);
        Problem problem = problems.getFirst();
        assertThat(problem.severity()).isEqualTo(Problem.Severity.ERROR);
        assertThat(problem.file()).isEqualTo("route.yaml");
        assertThat(problem.line()).isEqualTo(8);
        assertThat(problem.field()).isEqualTo(field);
        assertThat(problem.reason()).contains(reason);
    }

    @Test
    void aRouteWithEverythingIsInOrder() {
        assertThat(
                        problems(
                                """
                                matches:
                                  - path: {type: RegularExpression, value: '/r/[0-9]+'}
                                    method: GET
                                    headers: [{name: x-user, value: jason}]
                                    queryParams: [{type: RegularExpression, name: q, value: a.*}]
                                  timeouts: {request: 1m, backendRequest: 500ms}
                                  retry: {attempts: 2, codes: [503], backoff: 10ms}
                                  filters:
                                  - {type: RequestMirror, requestMirror: {backendRef: {name: b, port: 1}}}
                                  backendRefs:
                                  - {name: a, port: 9080, weight: 90}
                                """
                                        .indent(2)
                                        .replaceFirst("^ *", "")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "10s, 10000",
        "500ms, 500",
        "1h30m, 5400000",
        "0s, 0",
        "1s500ms, 1500",
    })
    void durationsAreThoseOfTheGatewayApi(String text, long millis) {
        assertThat(GatewayDuration.millis(text)).contains(millis);
    }

    @ParameterizedTest
    @CsvSource({"''", "10", "1.5s", "-1s", "1d", "123456s", "1s1s1s1s1s"})
    void othersAreNone(String text) {
        assertThat(GatewayDuration.millis(text)).isEmpty();
    }

    @Test
    void aGrantNamesWhoMayNameWhat() {
        assertThat(
                        ManifestLoader.parse(
                                        "g.yaml",
                                        """
                                        apiVersion: gateway.networking.k8s.io/v1beta1
                                        kind: ReferenceGrant
                                        metadata: {name: g, namespace: bookinfo}
                                        spec:
                                          from: [{group: gateway.networking.k8s.io, kind: HTTPRoute}]
                                          to: [{group: '', kind: Service}]
                                        """)
                                .problems())
                .singleElement()
                .satisfies(
                        problem -> {
                            assertThat(problem.field()).isEqualTo("spec.from[0].namespace");
                            assertThat(problem.reason()).isEqualTo("is missing");
                        });
    }
}
