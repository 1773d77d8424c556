package io.ztunnel.sandbox.apps;

import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * Runs one application until it is killed: {@code --app NAME --version V --port P}. Names:
 * productpage, details, reviews, ratings, echo.
 */
public final class AppMain {
    private static final int BACKLOG = 128;

    private AppMain() {}

    public static void main(String[] args) throws IOException {
        Map<String, String> options = options(args);
        String app = required(options, "app");
        String version = options.getOrDefault("version", "v1");
        int port = port(options.getOrDefault("port", "9080"));
        InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("::"), port);
        if (app.equals("echo")) {
            new EchoServer(address).serve();
            return;
        }
        Peers peers = Peers.fromEnvironment(System.getenv());
        HttpApp handler =
                switch (app) {
                    case "productpage" -> new ProductPage(peers);
                    case "details" -> new Details();
                    case "reviews" -> new Reviews(version, peers);
                    case "ratings" -> new Ratings();
                    default -> throw new IllegalArgumentException("no application named " + app);
                };
        HttpServer server = HttpServer.create(address, BACKLOG);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", new RequestLog(app + "-" + version, handler));
        server.start();
        System.out.println(app + " " + version + " listens on port " + port);
    }

    private static Map<String, String> options(String[] args) {
        if (args.length % 2 != 0) {
            throw new IllegalArgumentException("usage: --app NAME [--version V] [--port P]");
        }
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < args.length; i += 2) {
            if (!args[i].startsWith("--")) {
                throw new IllegalArgumentException("expected an option, not " + args[i]);
            }
            options.put(args[i].substring(2), args[i + 1]);
        }
        return options;
    }

    private static String required(Map<String, String> options, String name) {
        String value = options.get(name);
        if (value == null) {
            throw new IllegalArgumentException("--" + name + " is missing");
        }
        return value;
    }

    private static int port(String text) {
        try {
            int port = Integer.parseInt(text);
            if (port > 0 && port < 65536) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Falls through to the one message for both.
        }
        throw new IllegalArgumentException("--port takes a number from 1 to 65535, not " + text);
    }
}
