package io.ztunnel.daemon.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * {@code ztunnel config}: what a ztunnel knows, in the tables of {@code istioctl ztunnel-config}.
 */
@Command(
        name = "config",
        description = "Show what a running ztunnel, or a dump of one, knows of the mesh.",
        subcommands = {ConfigCommand.Services.class, ConfigCommand.Workloads.class})
final class ConfigCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "name what to show: services or workloads");
    }

    /** Where the dump comes from. */
    static final class Source {
        private static final Duration TIMEOUT = Duration.ofSeconds(10);

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "read a dump from a file, or from standard input with -")
        @Nullable String file;

        @Option(
                names = "--admin",
                paramLabel = "HOST:PORT",
                defaultValue = "localhost:15000",
                description = "admin address of a running ztunnel (default: ${DEFAULT-VALUE})")
        @SuppressWarnings("NullAway.Init") // set by picocli
        String admin;

        Dump read() throws IOException {
            return Dump.parse(text());
        }

        private String text() throws IOException {
            if (file == null) {
                return fetch();
            }
            return file.equals("-")
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(Path.of(file));
        }

        private String fetch() throws IOException {
            URI uri = URI.create("http://" + admin + "/config_dump");
            try (HttpClient client =
                    HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .connectTimeout(TIMEOUT)
                            .build()) {
                HttpResponse<String> response =
                        client.send(
                                HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(),
                                HttpResponse.BodyHandlers.ofString());
                if (response.statusCode() != 200) {
                    throw new IOException(uri + " answered " + response.statusCode());
                }
                return response.body();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while reading " + uri, e);
            } catch (IOException e) {
                throw new IOException("cannot read " + uri + ": " + e, e);
            }
        }
    }

    @Command(
            name = "services",
            aliases = {"service", "svc", "s"},
            description = "Services with their VIPs, waypoints and healthy endpoints.",
            mixinStandardHelpOptions = true)
    static final class Services implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        Source source;

        @Option(names = "--service-namespace", paramLabel = "NS", description = "only this one")
        @Nullable String namespace;

        @Override
        public Integer call() throws IOException {
            System.out.print(new DumpTables(source.read()).services(namespace));
            return 0;
        }
    }

    @Command(
            name = "workloads",
            aliases = {"workload", "w"},
            description = "Workloads with their addresses, nodes, waypoints and protocols.",
            mixinStandardHelpOptions = true)
    static final class Workloads implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        Source source;

        @Parameters(arity = "0..1", paramLabel = "NAME", description = "only this workload")
        @Nullable String name;

        @Option(names = "--workload-namespace", paramLabel = "NS", description = "only this one")
        @Nullable String namespace;

        @Option(names = "--address", paramLabel = "IP", description = "only who has this address")
        @Nullable String address;

        @Option(names = "--workload-node", paramLabel = "NODE", description = "only this node")
        @Nullable String node;

        @Override
        public Integer call() throws IOException {
            DumpTables.WorkloadFilter filter =
                    new DumpTables.WorkloadFilter(name, namespace, address, node);
            System.out.print(new DumpTables(source.read()).workloads(filter));
            return 0;
        }
    }
}
