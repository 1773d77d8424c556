package io.ztunnel.store;

import static io.ztunnel.policy.Authorization.Scope.GLOBAL;
import static io.ztunnel.policy.Authorization.Scope.NAMESPACE;
import static io.ztunnel.policy.Authorization.Scope.WORKLOAD_SELECTOR;

import static org.assertj.core.api.Assertions.assertThat;

import io.ztunnel.policy.Authorization;

import org.junit.jupiter.api.Test;

import java.util.List;

class MeshStorePolicyTest {
    private final MeshStore store = new MeshStore("n1");

    private void put(String key, Authorization.Scope scope) {
        NamespacedHostname parts = NamespacedHostname.parse(key);
        Authorization policy =
                new Authorization(
                        parts.hostname(),
                        parts.namespace(),
                        scope,
                        Authorization.Action.ALLOW,
                        List.of(),
                        false);
        store.apply(MeshUpdate.builder().policy(key, policy).build());
    }

    @Test
    void aNamespaceHasItsOwnThenTheGlobalOnes() {
        put("ns1/b", NAMESPACE);
        put("root/g", GLOBAL);
        put("ns1/a", NAMESPACE);
        put("ns2/c", NAMESPACE);
        put("ns1/w", WORKLOAD_SELECTOR);
        assertThat(keysFor("ns1")).containsExactly("ns1/a", "ns1/b", "root/g");
        assertThat(keysFor("ns2")).containsExactly("ns2/c", "root/g");
        assertThat(keysFor("ns3")).containsExactly("root/g");
        assertThat(keysFor("root")).containsExactly("root/g");
        assertThat(store.view().policy("ns1/w")).isNotNull();
    }

    @Test
    void aNewScopeReplacesTheOldOne() {
        put("ns1/a", NAMESPACE);
        put("ns1/a", GLOBAL);
        assertThat(keysFor("ns1")).containsExactly("ns1/a");
        assertThat(keysFor("ns2")).containsExactly("ns1/a");
        put("ns1/a", WORKLOAD_SELECTOR);
        assertThat(keysFor("ns1")).isEmpty();
        assertThat(keysFor("ns2")).isEmpty();
        put("ns1/a", NAMESPACE);
        assertThat(keysFor("ns1")).containsExactly("ns1/a");
    }

    @Test
    void aPolicyOfNoNamespaceIsNotGlobal() {
        put("/odd", NAMESPACE);
        assertThat(keysFor("ns1")).isEmpty();
        assertThat(keysFor("")).containsExactly("/odd");
    }

    @Test
    void isRemovedByItsXdsName() {
        put("ns1/a", NAMESPACE);
        put("root/g", GLOBAL);
        store.apply(MeshUpdate.builder().removePolicy("ns1/a").removePolicy("root/g").build());
        assertThat(keysFor("ns1")).isEmpty();
        assertThat(store.view().policies()).isEmpty();
    }

    private List<String> keysFor(String namespace) {
        return store.view().policySetsFor(namespace).stream()
                .flatMap(set -> set.keys().stream())
                .toList();
    }
}
