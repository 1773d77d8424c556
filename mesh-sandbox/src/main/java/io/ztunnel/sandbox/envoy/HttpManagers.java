package io.ztunnel.sandbox.envoy;

import java.util.Map;

/** The filter that speaks HTTP, and the one at the end of its chain. */
final class HttpManagers {
    private static final String BASE = "envoy.extensions.filters.";

    private HttpManagers() {}

    static Map<String, Object> of(Map<String, Object> manager) {
        return Proto.of(
                "name",
                "envoy.filters.network.http_connection_manager",
                "typed_config",
                Proto.any(
                        BASE + "network.http_connection_manager.v3.HttpConnectionManager",
                        manager));
    }

    /** Without headers of Envoy's own. */
    static Map<String, Object> router() {
        return Proto.extension(
                "envoy.filters.http.router",
                BASE + "http.router.v3.Router",
                "suppress_envoy_headers",
                true);
    }
}
