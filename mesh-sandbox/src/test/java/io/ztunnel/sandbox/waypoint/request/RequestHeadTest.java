package io.ztunnel.sandbox.waypoint.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

class RequestHeadTest {
    private static HttpRequest get(String target) {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target);
        request.headers().set("host", "Reviews:9080");
        return request;
    }

    @ParameterizedTest
    @CsvSource({
        "/a/b, /a/b",
        "/, /",
        "/a/./b, /a/b",
        "/a/../b, /b",
        "/a/b/.., /a/",
        "/a/b/., /a/b/",
        "/a/%2e%2e/admin, /admin",
        "/%61dmin, /admin",
        "/a%2fb, /a%2fb",
        "/a%2Fb, /a%2Fb",
        "/a%zz, /a%zz",
        "/a%, /a%",
        "/a//b, /a//b",
        "'/a\\..\\b', /b",
        "/.well-known, /.well-known",
        "/a/...b, /a/...b",
        "*, *"
    })
    void rulesSeeThePathInItsNormalForm(String written, String path) throws Exception {
        assertThat(RequestHead.of(get(written)).path()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"admin", "/a#b", "/../etc", "/%2e%2e/etc", ""})
    void whatIsNoPathIsRefused(String target) {
        assertThatThrownBy(() -> RequestHead.of(get(target)))
                .isInstanceOf(BadRequestException.class);
    }

    @Test
    void theQueryIsNoPartOfThePathAndIsSentOn() throws Exception {
        RequestHead head = RequestHead.of(get("/x/../a?q=/../b&q=2&r=%20"));

        assertThat(head.path()).isEqualTo("/a");
        assertThat(head.target()).isEqualTo("/a?q=/../b&q=2&r=%20");
        assertThat(head.parameters()).containsEntry("r", java.util.List.of(" "));
    }

    @Test
    void theAuthorityOfAnAbsoluteTargetGoesBeforeTheHostHeader() throws Exception {
        RequestHead head = RequestHead.of(get("http://Ratings:80/a"));

        assertThat(head.authority()).isEqualTo("Ratings:80");
        assertThat(head.host()).isEqualTo("ratings");
        assertThat(head.target()).isEqualTo("/a");
    }

    @ParameterizedTest
    @CsvSource({"a, a", "a:80, a", "[fd00::1]:80, [fd00::1]", "[fd00::1], [fd00::1]"})
    void aPortIsNoPartOfAHost(String authority, String host) {
        assertThat(RequestHead.withoutPort(authority)).isEqualTo(host);
    }

    @Test
    void aRegularExpressionCannotBeKeptBusy() {
        BoundedRegex evil = new BoundedRegex("(a+)+b");

        assertThat(evil.matches("aaab")).isTrue();
        org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(5), () -> assertThat(evil.matches("a".repeat(5_000))).isFalse());
    }
}
