package io.ztunnel.sandbox.envoy;

import java.util.Map;

/**
 * Lines in the form of the embedded waypoint's, with what only Envoy knows at the end.
 *
 * @param gateway {@code namespace/name}
 */
record AccessLogs(String gateway) {
    private static final String PATH =
            " src=%FILTER_STATE(" + RbacConditions.PEER + ":PLAIN)% service=";

    Map<String, Object> requests(String service) {
        return log(
                "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %RESPONSE_CODE%"
                        + PATH
                        + escape(service)
                        + " upstream=%UPSTREAM_HOST% bytes=%BYTES_SENT% %DURATION%ms"
                        + " route=%ROUTE_NAME% flags=%RESPONSE_FLAGS%"
                        + " details=%RESPONSE_CODE_DETAILS%");
    }

    Map<String, Object> connections(String service) {
        return log(
                "TCP"
                        + PATH
                        + escape(service)
                        + " upstream=%UPSTREAM_HOST% received=%BYTES_RECEIVED% sent=%BYTES_SENT%"
                        + " %DURATION%ms flags=%RESPONSE_FLAGS%"
                        + " details=%CONNECTION_TERMINATION_DETAILS%");
    }

    private Map<String, Object> log(String format) {
        return Proto.extension(
                "envoy.access_loggers.stdout",
                "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
                "log_format",
                Proto.of(
                        "text_format_source",
                        Proto.of(
                                "inline_string",
                                "[waypoint " + escape(gateway) + "] " + format + "\n")));
    }

    private static String escape(String text) {
        return text.replace("%", "%%");
    }
}
