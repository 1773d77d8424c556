package io.ztunnel.sandbox.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.sandbox.waypoint.WaypointState;
import io.ztunnel.sandbox.waypoint.policy.Policy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class RbacTest {
    private static final String ANY = "{'any':true}";
    private static final String NEVER_DO = "{'not_rule':{'any':true}}";

    private static List<Policy> policies(String... documents) {
        WaypointState state = States.bookinfo(documents);
        return state.policies().policies(States.destination(state, "reviews").service());
    }

    private static String http(String action, String rule) {
        return States.json(Rbac.http(policies(States.policy(action, rule))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    methods: [GET]    | {'header':{'name':':method','string_match':{'exact':'GET'}}}
                    paths: [/a]       | {'url_path':{'path':{'exact':'/a'}}}
                    paths: [/a*]      | {'url_path':{'path':{'prefix':'/a'}}}
                    paths: ['*/a']    | {'url_path':{'path':{'suffix':'/a'}}}
                    paths: ['*']      | {'url_path':{'path':{'safe_regex':{'regex':'.+'}}}}
                    paths: ['/{*}/b'] | [^/]+
                    ports: ['9080']   | {'destination_port':9080}
                    hosts: [a.b]      | {'header':{'name':':authority','string_match':{'safe_regex':{'regex':'(?i)a\\\\.b(:[^:\\\\]]*)?'}}}}
                    hosts: ['a.b:80'] | {'regex':'(?i)a\\\\.b:80'}
                    notMethods: [GET] | {'not_rule':{'or_rules':{'rules':[{'header':
                    """)
    void whatIsDoneIsAPermission(String operation, String permission) {
        assertThat(http("DENY", "{to: [{operation: {" + operation + "}}]}"))
                .contains(permission)
                .contains("'action':'DENY'")
                .contains("'bookinfo/p[0]'")
                .contains("'principals':[" + ANY + "]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    principals: [cluster.local/ns/a/sa/b] | 'string_match':{'exact':'spiffe://cluster.local/ns/a/sa/b'}
                    principals: [cluster.local/*]         | 'string_match':{'prefix':'spiffe://cluster.local/'}
                    principals: ['*/sa/b']                | 'string_match':{'suffix':'/sa/b'}
                    namespaces: [a]                       | 'spiffe://[^/]*/ns/a/sa/[^/]*'
                    namespaces: ['a*']                    | 'spiffe://[^/]*/ns/a[^/]*/sa/[^/]*'
                    serviceAccounts: [a/b]                | 'spiffe://[^/]*/ns/a/sa/b'
                    serviceAccounts: [b]                  | 'spiffe://[^/]*/ns/bookinfo/sa/b'
                    ipBlocks: [10.1.0.0/16]               | {'direct_remote_ip':{'address_prefix':'10.1.0.0','prefix_len':16}}
                    remoteIpBlocks: ['fd00::1']           | {'direct_remote_ip':{'address_prefix':'fd00:0:0:0:0:0:0:1','prefix_len':128}}
                    notPrincipals: ['*']                  | {'not_id':{'or_ids':{'ids':[{'filter_state':
                    requestPrincipals: ['*']              | {'not_rule':{'any':true}}
                    """)
    void whoDoesItIsAPrincipal(String source, String principal) {
        assertThat(http("ALLOW", "{from: [{source: {" + source + "}}]}"))
                .contains(principal)
                .contains("'action':'ALLOW'");
    }

    @Test
    void allPartsOfARuleMustHold() {
        String rule =
                "{from: [{source: {namespaces: [a]}}], to: [{operation: {methods: [GET]}}],"
                        + " when: [{key: 'request.headers[x]', values: [y]}]}";

        assertThat(http("ALLOW", rule))
                .contains("'permissions':[{'and_rules':")
                .contains("'header':{'name':'x','string_match':{'exact':'y'}}")
                .contains("'principals':[{'and_ids':");
    }

    @ParameterizedTest
    @CsvSource({
        // What cannot be told opens no door: it denies, and does not allow.
        "DENY, methods: [GET], true",
        "DENY, notMethods: [GET], true",
        "ALLOW, methods: [GET], false",
        "ALLOW, notMethods: [GET], false"
    })
    void aConnectionHasNoRequestToLookAt(String action, String operation, boolean always) {
        String filters =
                States.json(
                        Rbac.network(
                                policies(
                                        States.policy(
                                                action,
                                                "{to: [{operation: {" + operation + "}}]}"))));

        boolean negated = operation.startsWith("not");
        String leaf = always == negated ? NEVER_DO : ANY;
        assertThat(filters)
                .contains("envoy.filters.network.rbac")
                .doesNotContain("header")
                .contains("{'or_rules':{'rules':[" + leaf + "]}}");
    }

    @Test
    void denialsAreAskedBeforeWhatAllows() {
        String deny = States.policy("DENY", "{to: [{operation: {methods: [A]}}]}");
        String allow =
                States.policy("ALLOW", "{to: [{operation: {methods: [B]}}]}")
                        .replace("name: p,", "name: q,");

        assertThat(States.json(Rbac.http(policies(allow, deny))))
                .matches(".*'DENY'.*bookinfo/p\\[0].*'ALLOW'.*bookinfo/q\\[0].*");
    }

    @Test
    void aPolicyThatAllowsNothingRefusesAll() {
        assertThat(States.json(Rbac.http(policies(States.policy("ALLOW", "")))))
                .contains("'rules':{'action':'ALLOW','policies':{}}");
    }

    @Test
    void aDryRunIsAShadow() {
        String tried =
                States.policy("DENY", "{}")
                        .replace(
                                "namespace: bookinfo}",
                                "namespace: bookinfo, annotations: {istio.io/dry-run: 'true'}}");

        assertThat(States.json(Rbac.http(policies(tried))))
                .contains("'shadow_rules':")
                .doesNotContain("'rules':{'action'");
    }

    @Test
    void withoutPoliciesThereIsNoFilter() {
        assertThat(Rbac.http(policies())).isEmpty();
        assertThat(Rbac.http(policies(States.policy("AUDIT", "{}")))).isEmpty();
    }
}
