package io.ztunnel.daemon.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;

/** Asks the admin port of a running ztunnel. */
final class AdminClient {
    private static final int CONNECT_MILLIS = 10_000;

    /** The daemon sends nothing before its dump is complete. */
    private static final int READ_MILLIS = 60_000;

    private static final int MAX_ERROR_BYTES = 1024;

    private AdminClient() {}

    /**
     * @param admin {@code host:port}; IPv6 addresses in brackets
     * @throws DumpException when the answer is not 200, or says what to check when there is none
     */
    static InputStream configDump(String admin) throws IOException {
        URI uri = uri(admin);
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(READ_MILLIS);
        connection.setInstanceFollowRedirects(false);
        try {
            int status = connection.getResponseCode();
            if (status != HttpURLConnection.HTTP_OK) {
                throw new DumpException(
                        uri + ": unexpected status code: " + status + reason(connection));
            }
            return connection.getInputStream();
        } catch (ConnectException | UnknownHostException e) {
            throw new DumpException(
                    "no ztunnel answers at "
                            + uri
                            + " ("
                            + e.getMessage()
                            + "): its admin port listens on loopback only, so is this its node or"
                            + " pod, is it running, and is its port another (--admin HOST:PORT)?",
                    e);
        } catch (SocketTimeoutException e) {
            throw new DumpException(
                    uri + " does not answer in time (" + e.getMessage() + "): is ztunnel stuck?",
                    e);
        }
    }

    private static URI uri(String admin) throws DumpException {
        int colon = admin.lastIndexOf(':');
        try {
            if (colon > 0) {
                int port = Integer.parseInt(admin.substring(colon + 1));
                if (port > 0 && port <= 65_535) {
                    return new URI(
                            "http",
                            null,
                            admin.substring(0, colon),
                            port,
                            "/config_dump",
                            null,
                            null);
                }
            }
        } catch (NumberFormatException | URISyntaxException e) {
            throw new DumpException(wrong(admin), e);
        }
        throw new DumpException(wrong(admin));
    }

    private static String wrong(String admin) {
        return "--admin " + admin + ": expected HOST:PORT, such as localhost:15000 or [::1]:15000";
    }

    private static String reason(HttpURLConnection connection) throws IOException {
        InputStream error = connection.getErrorStream();
        if (error == null) {
            return "";
        }
        try (error) {
            String text = new String(error.readNBytes(MAX_ERROR_BYTES), StandardCharsets.UTF_8);
            return text.isBlank() ? "" : " (" + text.lines().findFirst().orElse("").strip() + ")";
        }
    }
}
