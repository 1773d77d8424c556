package io.ztunnel.redirection;

/**
 * For the metrics.
 *
 * @param active pods with a running proxy
 * @param pending pods whose proxy could not be started yet
 * @param started proxies started since the process began
 * @param stopped proxies stopped since the process began
 */
public record PodCounts(int active, int pending, long started, long stopped) {}
