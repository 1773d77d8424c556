package io.ztunnel.sandbox.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.waypoint.WaypointState;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteConfigTest {
    private static final String TO = "backendRefs: [{name: reviews-v1, port: 9080}]";
    private static final String V1 = "outbound|9080||reviews-v1.bookinfo.svc.cluster.local";

    private static String routes(String... documents) {
        WaypointState state = States.bookinfo(documents);
        return States.json(RouteConfig.of(States.destination(state, "reviews"), state.routes()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    path: {type: Exact, value: /a}              | {'path':'/a'}
                    path: {type: PathPrefix, value: /a/}        | {'path_separated_prefix':'/a'}
                    path: {type: PathPrefix, value: /}          | {'prefix':'/'}
                    path: {type: RegularExpression, value: /a+} | {'safe_regex':{'regex':'/a+'}}
                    method: POST                                | {'prefix':'/','headers':[{'name':':method','string_match':{'exact':'POST'}}]}
                    headers: [{name: x, value: y}]              | 'headers':[{'name':'x','string_match':{'exact':'y'}}]
                    queryParams: [{name: x, value: y}]          | 'query_parameters':[{'name':'x','string_match':{'exact':'y'}}]
                    """)
    void aMatchIsSaidInEnvoysWords(String match, String expected) {
        assertThat(routes(States.route("{matches: [{" + match + "}], " + TO + "}")))
                .contains("'match':" + (expected.startsWith("{") ? expected : ""))
                .contains(expected)
                .contains("'clusters':[{'name':'" + V1 + "','weight':1}]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x, value: 5%}]}}    | 'request_headers_to_add':[{'header':{'key':'x','value':'5%%'},'append_action':'OVERWRITE_IF_EXISTS_OR_ADD'
                    {type: RequestHeaderModifier, requestHeaderModifier: {add: [{name: x, value: y}]}}     | 'append_action':'APPEND_IF_EXISTS_OR_ADD'
                    {type: ResponseHeaderModifier, responseHeaderModifier: {remove: [x]}}                  | 'response_headers_to_remove':['x']
                    {type: URLRewrite, urlRewrite: {hostname: h}}                                          | 'host_rewrite_literal':'h'
                    {type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: /n}}}   | 'regex_rewrite':{'pattern':{'regex':'^.*$'},'substitution':'/n'}
                    {type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /n}}} | 'regex_rewrite':{'pattern':{'regex':'^/a'},'substitution':'/n'}
                    {type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}  | 'regex_rewrite':{'pattern':{'regex':'^/a/?'},'substitution':'/'}
                    {type: RequestMirror, requestMirror: {backendRef: {name: ratings, port: 9080}, percent: 20}} | 'request_mirror_policies':[{'cluster':'outbound|9080||ratings.bookinfo.svc.cluster.local','runtime_fraction':{'default_value':{'numerator':200000,'denominator':'MILLION'}}
                    """)
    void aFilterIsSaidInEnvoysWords(String filter, String expected) {
        assertThat(
                        routes(
                                States.route(
                                        "{matches: [{path: {type: PathPrefix, value: /a}}],"
                                                + " filters: ["
                                                + filter
                                                + "], "
                                                + TO
                                                + "}")))
                .contains(expected);
    }

    @Test
    void aRedirectIsAnAnswer() {
        String redirect =
                "{matches: [{path: {type: PathPrefix, value: /a}}], filters: [{type:"
                    + " RequestRedirect, requestRedirect: {hostname: h, port: 81, statusCode: 301,"
                    + " path: {type: ReplacePrefixMatch, replacePrefixMatch: /n}}}]}";

        assertThat(routes(States.route(redirect)))
                .contains(
                        "'redirect':{'scheme_redirect':'http',"
                                + "'response_code':'MOVED_PERMANENTLY','host_redirect':'h',"
                                + "'port_redirect':81,'regex_rewrite':{'pattern':{'regex':'^/a'},"
                                + "'substitution':'/n'}}");
    }

    @Test
    void sharesAreWeights() {
        String split =
                "{backendRefs: [{name: reviews-v1, port: 9080, weight: 90},"
                        + " {name: reviews-v2, port: 9080, weight: 10},"
                        + " {name: nobody, port: 9080, weight: 5}]}";

        assertThat(routes(States.route(split)))
                .contains("{'name':'" + V1 + "','weight':90}")
                .contains("reviews-v2.bookinfo.svc.cluster.local','weight':10}")
                // The share of what is no backend is answered with 500.
                .contains("{'name':'invalid backend','weight':5}")
                .contains("'cluster_not_found_response_code':'INTERNAL_SERVER_ERROR'")
                .contains("'validate_clusters':false");
    }

    @Test
    void limitsOfTimeAndRepetitions() {
        String rule =
                "{timeouts: {request: 2s, backendRequest: 500ms},"
                        + " retry: {attempts: 3, codes: [503], backoff: 100ms}, "
                        + TO
                        + "}";

        assertThat(routes(States.route(rule)))
                .contains("'timeout':'2.000s'")
                .contains("'per_try_timeout':'0.500s'")
                .contains("'num_retries':3")
                .contains("'retriable_status_codes':[503]")
                .contains("'base_interval':'0.100s'");
    }

    @Test
    void withoutRoutesRequestsGoWhereTheyWereSent() {
        assertThat(routes())
                .contains(
                        "'routes':[{'match':{'prefix':'/'},'route':"
                                + "{'cluster':'outbound|9080||reviews.bookinfo.svc.cluster.local'")
                .contains("'timeout':'0.000s'");
    }

    @Test
    void whatNoRuleOfAServicesRouteMatchesIsNotFound() {
        assertThat(routes(States.route("{matches: [{method: GET}], " + TO + "}")))
                .matches(".*\\{'match':\\{'prefix':'/'},'direct_response':\\{'status':404.*")
                .doesNotContain("'cluster':'outbound|9080||reviews.bookinfo");
    }

    @Test
    void hostnamesOfTheGatewaysRoutesAreConditionsTheMorePreciseFirst() {
        String gateway = "{name: waypoint}";
        String wide = States.route(gateway, "hostnames: ['*.example.com']", "{" + TO + "}");
        String exact =
                States.route(gateway, "hostnames: [a.example.com]", "{" + TO + "}")
                        .replace("name: r,", "name: s,");

        assertThat(routes(wide, exact))
                .matches(
                        ".*'\\(\\?i\\)a\\\\\\\\.example.*'bookinfo/s\\[0]'"
                                + ".*'\\(\\?i\\)\\.\\*\\\\\\\\.example.*'bookinfo/r\\[0]'"
                                + ".*'status':404.*'cluster':'outbound\\|9080\\|\\|reviews\\.b.*");
    }

    @Test
    void aFilterThatIsNotThereIsNeverSkipped() {
        String filter =
                "{filters: [{type: ExtensionRef, extensionRef: {group: a, kind: b, name: c}}], ";

        assertThat(routes(States.route(filter + TO + "}"))).contains("'status':500");
    }

    @Test
    void anExpressionThatOnlyJavaReadsCostsOnlyItsOwnRule() {
        String match = "{matches: [{path: {type: RegularExpression, value: '/(?!a).*'}}], ";

        assertThat(routes(States.route(match + TO + "}")))
                .contains("'status':500")
                .doesNotContain("(?!a)");
    }
}
