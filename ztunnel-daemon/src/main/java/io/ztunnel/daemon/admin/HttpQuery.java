package io.ztunnel.daemon.admin;

import java.util.Map;

/**
 * A request without its body.
 *
 * @param path without the query, matched exactly
 * @param parameters form-decoded; of a repeated key the last value
 * @param accept the Accept header, "" if none
 */
public record HttpQuery(
        String method, String path, Map<String, String> parameters, String accept) {}
