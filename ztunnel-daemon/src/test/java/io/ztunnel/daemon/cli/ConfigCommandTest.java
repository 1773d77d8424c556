package io.ztunnel.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Options, sources and failures of {@code ztunnel config}. */
class ConfigCommandTest {
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : opened) {
            resource.close();
        }
    }

    /** What it complains is one line, and all that there is. */
    private static String complaint(ConfigRun run) {
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.output()).isEmpty();
        assertThat(run.error()).startsWith("ztunnel: ").hasLineCount(1);
        return run.error().strip();
    }

    private static String mesh() {
        return ConfigRun.resource("mesh.json").toString();
    }

    @ParameterizedTest
    @CsvSource({
        "services, service",
        "services, svc",
        "services, s",
        "workloads, workload",
        "workloads, w",
        "policies, policy",
        "policies, pol",
        "policies, p",
        "certificates, certificate",
        "certificates, certs",
        "certificates, cert",
        "connections, cons"
    })
    void namesOfIstioctlWork(String name, String alias) {
        ConfigRun run = ConfigRun.of(alias, "--file", mesh(), "--output", "json");

        assertThat(run.status()).isZero();
        assertThat(run.output())
                .isEqualTo(ConfigRun.of(name, "--file", mesh(), "--output", "json").output());
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "summary"})
    void tableIsTheDefault(String format) {
        assertThat(ConfigRun.of("services", "-f", mesh(), "-o", format).output())
                .isEqualTo(ConfigRun.of("services", "-f", mesh()).output())
                .startsWith("NAMESPACE ");
    }

    @Test
    void dumpIsReadFromStandardInput() throws IOException {
        assertThat(ConfigRun.reading(ConfigRun.text("mesh.json"), "policies", "-f", "-").output())
                .isEqualTo(ConfigRun.text("istioctl/policies.txt"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"services", "all", "all -o json", "all -o yaml", "cert -o json"})
    void truncatedDumpPrintsNothingButWhy(String command) throws IOException {
        String whole = ConfigRun.text("mesh.json");
        ConfigRun run =
                ConfigRun.reading(
                        whole.substring(0, whole.length() / 2), (command + " -f -").split(" "));

        assertThat(complaint(run))
                .contains("standard input: the dump ends too early (line ")
                .endsWith("is it complete?");
    }

    @ParameterizedTest
    @ValueSource(strings = {"services", "all", "all -o json", "all -o yaml", "cert -o json"})
    void whatIsNoDumpPrintsNothingButWhy(String command) {
        assertThat(
                        complaint(
                                ConfigRun.reading(
                                        "<html>\n502 Bad Gateway</html>",
                                        (command + " -f -").split(" "))))
                .startsWith("ztunnel: standard input: this is no JSON (line 1, column ");
    }

    @Test
    void anotherProxysDumpIsWarnedOf() {
        ConfigRun run = ConfigRun.reading("{\"configs\": []}", "services", "-f", "-");

        assertThat(run.status()).isZero();
        assertThat(run.output()).hasLineCount(1);
        assertThat(run.error())
                .isEqualTo(
                        "ztunnel: warning: standard input has nothing that a ztunnel dumps; is it"
                                + " another proxy's?\n");
    }

    @Test
    void filesThatCannotBeReadAreNamed(@TempDir Path directory) throws IOException {
        Path none = directory.resolve("none.json");
        assertThat(complaint(ConfigRun.of("services", "-f", none.toString())))
                .isEqualTo("ztunnel: there is no file " + none);
        assertThat(complaint(ConfigRun.of("services", "-f", directory.toString())))
                .isEqualTo("ztunnel: cannot read " + directory + ": Is a directory");
        Path empty = Files.createFile(directory.resolve("empty.json"));
        assertThat(complaint(ConfigRun.of("services", "-f", empty.toString())))
                .isEqualTo("ztunnel: " + empty + ": the dump is empty");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "services -o xml",
                "connections --direction sideways",
                "workloads --proxy-admin-port many",
                "services --no-such-option",
                "services --workload-namespace x",
                "policies --service-namespace x",
                "workloads one two",
                "services --admin localhost:1 --file x",
                "services --admin localhost:1 --proxy-admin-port 1",
                ""
            })
    void wrongUseIsExplained(String line) {
        ConfigRun run = ConfigRun.of(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.output()).isEmpty();
        assertThat(run.error()).startsWith("ztunnel: ").contains("Usage: ztunnel config");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "localhost:", ":15000", "localhost:0", "a b:1", "h:70000"})
    void addressThatIsNoneIsRefused(String admin) {
        assertThat(complaint(ConfigRun.of("services", "--admin", admin)))
                .isEqualTo(
                        "ztunnel: --admin "
                                + admin
                                + ": expected HOST:PORT, such as localhost:15000 or [::1]:15000");
    }

    @Test
    void unreachableZtunnelSaysWhatToCheck() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertThat(complaint(ConfigRun.of("all", "--proxy-admin-port", Integer.toString(port))))
                .startsWith(
                        "ztunnel: no ztunnel answers at http://localhost:"
                                + port
                                + "/config_dump (Connection refused)")
                .contains("loopback only", "is it running", "--admin HOST:PORT");
        assertThat(complaint(ConfigRun.of("all", "--admin", "no-such-host.invalid:15000")))
                .startsWith("ztunnel: no ztunnel answers at http://no-such-host.invalid:15000/");
    }

    private int serve(int status, String body) throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        HttpServer server = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    boolean dump =
                            exchange.getRequestURI().toString().equals("/config_dump")
                                    && exchange.getRequestMethod().equals("GET");
                    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(dump ? status : 404, bytes.length);
                    exchange.getResponseBody().write(bytes);
                    exchange.close();
                });
        server.start();
        opened.add(() -> server.stop(0));
        return server.getAddress().getPort();
    }

    @Test
    void runningZtunnelIsAsked() throws IOException {
        int port = serve(200, ConfigRun.text("mesh.json"));

        for (String[] where :
                new String[][] {
                    {"--admin", "localhost:" + port},
                    {"--proxy-admin-port", Integer.toString(port)}
                }) {
            ConfigRun run = ConfigRun.of("services", where[0], where[1]);
            assertThat(run.error()).isEmpty();
            assertThat(run.output()).isEqualTo(ConfigRun.text("istioctl/services.txt"));
        }
        assertThat(ConfigRun.of("all", "-o", "json", "--admin", "127.0.0.1:" + port).output())
                .isEqualTo(ConfigRun.text("mesh.json") + "\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    500 | java.lang.IllegalStateException: no view | (java.lang.IllegalStateException: no view)
                    404 | ''                                       | ''
                    302 | ''                                       | ''
                    """)
    void anyOtherStatusIsAFailure(int status, String body, String reason) throws IOException {
        int port = serve(status, body);

        assertThat(complaint(ConfigRun.of("services", "--proxy-admin-port", "" + port)))
                .isEqualTo(
                        "ztunnel: http://localhost:%d/config_dump: unexpected status code: %d%s"
                                .formatted(port, status, reason.isEmpty() ? "" : " " + reason));
    }

    @Test
    void answerThatEndsTooEarlyIsAFailure() throws Exception {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        opened.add(server);
        Thread.ofVirtual()
                .start(
                        () -> {
                            try (Socket client = server.accept()) {
                                client.getInputStream().read(new byte[1024]);
                                client.getOutputStream()
                                        .write(
                                                "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"work"
                                                        .getBytes(StandardCharsets.US_ASCII));
                            } catch (IOException e) {
                                throw new IllegalStateException(e);
                            }
                        });

        assertThat(complaint(ConfigRun.of("all", "--admin", "127.0.0.1:" + server.getLocalPort())))
                .contains("127.0.0.1:" + server.getLocalPort())
                .containsAnyOf("Premature EOF", "ends too early");
    }

    @Test
    void nodeIsComparedWithTheDumps() {
        assertThat(ConfigRun.of("services", "-f", mesh(), "--node", "N1").status()).isZero();
        assertThat(complaint(ConfigRun.of("services", "-f", mesh(), "--node", "n2")))
                .isEqualTo("ztunnel: --node n2: this is the ztunnel of node 'n1'");
    }

    @Test
    void helpNamesEveryCommandAndOption() {
        assertThat(ConfigRun.of("--help").output())
                .contains(
                        "services", "workloads", "policies", "certificates", "connections", "all");
        assertThat(ConfigRun.of("connections", "--help").output())
                .contains(
                        "--file",
                        "--output",
                        "--node",
                        "--proxy-admin-port",
                        "--workload-namespace",
                        "--direction",
                        "--raw");
    }
}
