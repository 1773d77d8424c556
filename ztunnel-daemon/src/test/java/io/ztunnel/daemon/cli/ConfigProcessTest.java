package io.ztunnel.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code ztunnel config} as a process of its own: what it loads, and how much memory it needs. */
class ConfigProcessTest {
    private static final int WORKLOADS = 100_000;
    private static final int ENDPOINTS = 20;

    @TempDir static Path directory;

    private static Path large;

    /** The pretty-printed dump of a mesh in which every workload is an endpoint of one service. */
    @BeforeAll
    static void writeLargeDump() throws IOException {
        large = directory.resolve("large.json");
        try (BufferedWriter out = Files.newBufferedWriter(large)) {
            out.write("{\n \"certificates\": [],\n \"policies\": [],\n \"services\": [\n");
            for (int service = 0; service < WORKLOADS / ENDPOINTS; service++) {
                out.write(service == 0 ? "" : ",\n");
                out.write(service(service));
            }
            out.write("\n ],\n \"workloadState\": {},\n \"workloads\": [\n");
            for (int workload = 0; workload < WORKLOADS; workload++) {
                out.write(workload == 0 ? "" : ",\n");
                out.write(workload(workload));
            }
            out.write("\n ]\n}\n");
        }
    }

    private static String uid(int workload) {
        return "Kubernetes//Pod/namespace-"
                + workload % 97
                + "/deployment-"
                + workload / ENDPOINTS
                + "-7d9f8b6c5-"
                + workload;
    }

    private static String service(int number) {
        StringBuilder endpoints = new StringBuilder();
        for (int i = number * ENDPOINTS; i < (number + 1) * ENDPOINTS; i++) {
            endpoints.append(
                    """
                    %s    "%s": {
                         "port": {
                          "9080": 9080
                         },
                         "status": "Healthy",
                         "workloadUid": "%s"
                        }\
                    """
                            .formatted(i % ENDPOINTS == 0 ? "" : ",\n", uid(i), uid(i)));
        }
        return """
          {
            "canonical": true,
            "endpoints": {
        %s
            },
            "hostname": "service-%d.namespace.svc.cluster.local",
            "name": "service-%d",
            "namespace": "namespace",
            "ports": {
             "9080": 9080
            },
            "subjectAltNames": [],
            "vips": [
             "/10.%d.%d.%d"
            ],
            "visibility": "Public",
            "waypoint": {
             "destination": "namespace/service-0.namespace.svc.cluster.local",
             "hboneMtlsPort": 15008
            }
           }\
        """
                .formatted(
                        endpoints, number, number, number >> 16, number >> 8 & 255, number & 255);
    }

    private static String workload(int number) {
        return """
        {
          "authorizationPolicies": [
           "namespace/policy-%1$d"
          ],
          "canonicalName": "deployment-%2$d",
          "canonicalRevision": "v1",
          "capacity": 1,
          "clusterId": "Kubernetes",
          "locality": {
           "region": "r1",
           "subzone": "",
           "zone": "z%3$d"
          },
          "name": "deployment-%2$d-7d9f8b6c5-%1$d",
          "namespace": "namespace-%4$d",
          "networkMode": "Standard",
          "node": "node-%5$d",
          "protocol": "HBONE",
          "serviceAccount": "account-%2$d",
          "services": [
           "namespace/service-%2$d.namespace.svc.cluster.local"
          ],
          "status": "Healthy",
          "trustDomain": "cluster.local",
          "uid": "%6$s",
          "workloadIps": [
           "10.%7$d.%8$d.%9$d"
          ],
          "workloadName": "deployment-%2$d",
          "workloadType": "pod"
         }\
        """
                .formatted(
                        number,
                        number / ENDPOINTS,
                        number % 3,
                        number % 97,
                        number % 1000,
                        uid(number),
                        number >> 16,
                        number >> 8 & 255,
                        number & 255);
    }

    private static Path run(List<String> flags, String... arguments) throws Exception {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.addAll(flags);
        line.addAll(
                List.of(
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "io.ztunnel.daemon.Main",
                        "config"));
        line.addAll(List.of(arguments));
        Path output = Files.createTempFile(directory, "config", ".out");
        Path error = Files.createTempFile(directory, "config", ".err");
        Process process =
                new ProcessBuilder(line)
                        .redirectOutput(output.toFile())
                        .redirectError(error.toFile())
                        .start();
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(Files.readString(error)).isEmpty();
        assertThat(process.exitValue()).isZero();
        return output;
    }

    @Test
    void nothingOfTheDaemonIsLoaded() throws Exception {
        Path classes = directory.resolve("classes");
        Path output =
                run(
                        List.of("-Xlog:class+load=info:file=" + classes),
                        "services",
                        "-f",
                        ConfigRun.resource("mesh.json").toString());

        assertThat(Files.readString(output)).isEqualTo(ConfigRun.text("istioctl/services.txt"));
        // The entry point names what a wrong configuration throws, and nothing else.
        assertThat(Files.readAllLines(classes))
                .filteredOn(line -> !line.contains(" io.ztunnel.daemon.config.ConfigException "))
                .anyMatch(line -> line.contains("io.ztunnel.daemon.cli."))
                .noneMatch(
                        line ->
                                line.matches(
                                        ".*\\]"
                                            + " (io\\.netty|io\\.grpc|com\\.google|org\\.bouncycastle"
                                            + "|io\\.ztunnel\\.(store|xds|hbone|redirection|linux)"
                                            + "|io\\.ztunnel\\.daemon\\.(Daemon|proxy|admin|identity|telemetry|config))[.$"
                                            + " ].*"));
    }

    @ParameterizedTest
    @CsvSource({
        "workloads, 100001, namespace-0 .* deployment-0-7d9f8b6c5-0 .*",
        "services, 5001, .* service-4999 .* service-0 +20/20",
        "workloads -o json, 3000002, .*\"uid\": \"Kubernetes//Pod/.*",
        "all -o yaml, 3070006, .*uid: Kubernetes//Pod/.*",
        "all -o json, 0, .*"
    })
    void hundredThousandWorkloadsNeedNoMoreThan256MiB(String command, long lines, String row)
            throws Exception {
        String[] arguments =
                Stream.concat(Stream.of(command.split(" ")), Stream.of("-f", large.toString()))
                        .toArray(String[]::new);
        long begin = System.nanoTime();
        Path output = run(List.of("-Xmx256m"), arguments);

        System.out.printf(
                "config %s: %d MiB in, %d MiB out, %d ms%n",
                command,
                Files.size(large) >> 20,
                Files.size(output) >> 20,
                (System.nanoTime() - begin) / 1_000_000);
        if (lines == 0) {
            assertThat(Files.size(output)).isEqualTo(Files.size(large) + 1);
            return;
        }
        try (Stream<String> text = Files.lines(output)) {
            assertThat(text.filter(line -> line.matches(row)).findFirst()).isPresent();
        }
        try (Stream<String> text = Files.lines(output)) {
            assertThat(text.count()).isEqualTo(lines);
        }
    }
}
