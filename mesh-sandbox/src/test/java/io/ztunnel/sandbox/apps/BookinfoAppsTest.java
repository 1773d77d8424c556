package io.ztunnel.sandbox.apps;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import com.sun.net.httpserver.HttpServer;

import io.ztunnel.sandbox.apps.HttpApp.Answer;
import io.ztunnel.sandbox.apps.HttpApp.Request;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

class BookinfoAppsTest {
    private static final String NOWHERE = "http://127.0.0.1:1";

    private final List<HttpServer> servers = new ArrayList<>();

    @AfterEach
    void stopServers() {
        servers.forEach(server -> server.stop(0));
    }

    private String serve(String name, HttpApp app) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", new RequestLog(name, app));
        server.start();
        servers.add(server);
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private static Answer get(HttpApp app, String path) {
        return app.handle(new Request("GET", path, "", Map.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "/details/7, 200",
        "/details/seven, 400",
        "/details/99999999999999999999, 400",
        "/details, 404",
        "/details/1/2, 404",
        "/health, 200"
    })
    void detailsTakesANumericProductOnly(String path, int status) {
        assertThat(get(new Details(), path).status()).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({"v2, black", "v3, red"})
    void laterReviewsShowStarsOfTheirColor(String version, String color) throws IOException {
        Peers peers = new Peers(NOWHERE, NOWHERE, serve("ratings-v1", new Ratings()));

        String body = get(new Reviews(version, peers), "/reviews/0").body();

        assertThat(JSON.std.mapFrom(body)).containsEntry("podname", "reviews-" + version);
        assertThat(body)
                .contains("\"stars\": 5, \"color\": \"" + color + "\"")
                .contains("\"stars\": 4");
    }

    @Test
    void theFirstReviewsAskNobodyForStars() {
        assertThat(
                        get(new Reviews("v1", new Peers(NOWHERE, NOWHERE, NOWHERE)), "/reviews/0")
                                .body())
                .contains("Reviewer2")
                .doesNotContain("rating");
    }

    @Test
    void reviewsSaySoWhenRatingsFails() {
        assertThat(
                        get(new Reviews("v3", new Peers(NOWHERE, NOWHERE, NOWHERE)), "/reviews/0")
                                .body())
                .contains("Ratings service is currently unavailable");
    }

    @Test
    void postedRatingsAreKept() {
        Ratings ratings = new Ratings();
        ratings.handle(new Request("POST", "/ratings/3", "{\"Reviewer1\": 1}", Map.of()));

        assertThat(get(ratings, "/ratings/3").body()).contains("{\"Reviewer1\": 1}");
        assertThat(get(ratings, "/ratings/4").body()).contains("\"Reviewer1\": 5");
        assertThat(ratings.handle(new Request("POST", "/ratings/3", "junk", Map.of())).status())
                .isEqualTo(400);
    }

    @Test
    void theProductPageShowsWhatDetailsAndReviewsSay() throws IOException {
        String details = serve("details-v1", new Details());
        String reviews =
                serve("reviews-v1", new Reviews("v1", new Peers(NOWHERE, NOWHERE, NOWHERE)));

        assertThat(
                        get(new ProductPage(new Peers(details, reviews, NOWHERE)), "/productpage")
                                .body())
                .contains("1234567890", "reviews-v1");
        assertThat(
                        get(new ProductPage(new Peers(NOWHERE, reviews, NOWHERE)), "/productpage")
                                .body())
                .contains("Sorry, product details are currently unavailable", "reviews-v1");
    }

    @Test
    void anAnswerNamesTheServerAndTheCaller() throws IOException {
        String url = serve("details-v1", new Details());

        var connection =
                (java.net.HttpURLConnection)
                        java.net.URI.create(url + "/details/0").toURL().openConnection();

        assertThat(connection.getHeaderField("x-served-by")).isEqualTo("details-v1");
        assertThat(connection.getHeaderField("x-client-address")).isEqualTo("127.0.0.1");
        connection.disconnect();
    }
}
