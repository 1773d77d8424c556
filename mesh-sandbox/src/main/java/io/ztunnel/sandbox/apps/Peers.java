package io.ztunnel.sandbox.apps;

import io.ztunnel.sandbox.apps.HttpApp.Answer;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/**
 * How an application calls the others: by service name over HTTP, one connection a call. The names
 * can be changed by the environment variables of Bookinfo.
 */
record Peers(String details, String reviews, String ratings) {
    private static final int MAX_BODY_BYTES = 1 << 20;

    static Peers fromEnvironment(Map<String, String> environment) {
        return new Peers(
                url(environment, "DETAILS", "details"),
                url(environment, "REVIEWS", "reviews"),
                url(environment, "RATINGS", "ratings"));
    }

    private static String url(Map<String, String> environment, String prefix, String service) {
        return "http://"
                + environment.getOrDefault(prefix + "_HOSTNAME", service)
                + ":"
                + environment.getOrDefault(prefix + "_SERVICE_PORT", "9080");
    }

    /**
     * @return the answer, or one with status 503 and the reason when there was none in time
     */
    static Answer get(String url, Map<String, String> headers, Duration timeout) {
        HttpURLConnection connection = null;
        try {
            connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
            connection.setConnectTimeout((int) timeout.toMillis());
            connection.setReadTimeout((int) timeout.toMillis());
            connection.setRequestProperty("Connection", "close");
            headers.forEach(connection::setRequestProperty);
            int status = connection.getResponseCode();
            try (InputStream body =
                    status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                String text =
                        body == null
                                ? ""
                                : new String(
                                        body.readNBytes(MAX_BODY_BYTES), StandardCharsets.UTF_8);
                return Answer.json(status, text);
            }
        } catch (IOException e) {
            return Answer.text(503, url + ": " + e + "\n");
        } finally {
            if (connection != null) {
                connection.disconnect();
            }
        }
    }
}
