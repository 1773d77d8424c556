package io.ztunnel.sandbox.waypoint.route;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.ztunnel.sandbox.ambient.GatewayScope;
import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.manifest.ManifestLoader;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.Problem;
import io.ztunnel.sandbox.waypoint.request.BadRequestException;
import io.ztunnel.sandbox.waypoint.request.RequestHead;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** HTTPRoutes of a namespace with a waypoint, and what they decide. */
final class Routes {
    static final String CLUSTER =
            """
            apiVersion: v1
            kind: Namespace
            metadata: {name: bookinfo}
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: client}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {name: waypoint, namespace: bookinfo}
            spec:
              gatewayClassName: istio-waypoint
              listeners: [{name: mesh, port: 15008, protocol: HBONE}]
            status:
              addresses: [{type: Hostname, value: waypoint.bookinfo.svc.cluster.local}]
            """;

    final List<Problem> problems = new ArrayList<>();
    private final RouteTable table;

    Routes(String... documents) {
        StringBuilder yaml = new StringBuilder(CLUSTER);
        for (String name : List.of("reviews", "reviews-v1", "reviews-v2", "ratings")) {
            yaml.append(service(name, "bookinfo"));
        }
        yaml.append(service("curl", "client"));
        for (String document : documents) {
            yaml.append("---\n").append(document).append('\n');
        }
        ManifestSet set = ManifestLoader.parse("test.yaml", yaml.toString());
        if (!set.problems().isEmpty()) {
            throw new AssertionError(set.problems());
        }
        table =
                RouteTable.of(
                        new GatewayScope(
                                MeshSettings.DEFAULT, set.objects(), "bookinfo", "waypoint"),
                        problems::add);
    }

    private static String service(String name, String namespace) {
        return """
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: %s, namespace: %s}
        spec: {selector: {app: x}, ports: [{name: http, port: 9080}, {name: http-b, port: 9081}]}
        """
                .formatted(name, namespace);
    }

    /** An HTTPRoute that is attached to Service reviews. */
    static String route(String name, String rules) {
        return route(name, "{group: '', kind: Service, name: reviews}", rules);
    }

    static String route(String name, String parent, String rules) {
        return """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: %s, namespace: bookinfo}
        spec:
          parentRefs: [%s]
          rules: %s
        """
                .formatted(name, parent, rules);
    }

    static HttpRequest request(String line, String... headers) {
        String[] words = line.split(" ", -1);
        HttpRequest request =
                new DefaultHttpRequest(
                        HttpVersion.HTTP_1_1, HttpMethod.valueOf(words[0]), words[1]);
        request.headers().set("host", "reviews:9080");
        for (int i = 0; i < headers.length; i += 2) {
            request.headers().add(headers[i], headers[i + 1]);
        }
        return request;
    }

    RouteDecision decide(String line, String... headers) {
        return decide(9080, new SplittableRandom(1), line, headers);
    }

    RouteDecision decide(int port, RandomGenerator random, String line, String... headers) {
        try {
            ServicePort reviews =
                    new ServicePort("bookinfo", "reviews.bookinfo.svc.cluster.local", port);
            return RouteDecision.of(
                    table, Optional.of(reviews), RequestHead.of(request(line, headers)), random);
        } catch (BadRequestException e) {
            throw new AssertionError(e);
        }
    }

    /** Name of the Service that a request goes to, or the status that it gets. */
    String to(String line, String... headers) {
        return switch (decide(line, headers)) {
            case RouteDecision.Respond respond -> Integer.toString(respond.status());
            case RouteDecision.Forward forward ->
                    forward.backend().map(ServicePort::name).orElse("-");
        };
    }
}
