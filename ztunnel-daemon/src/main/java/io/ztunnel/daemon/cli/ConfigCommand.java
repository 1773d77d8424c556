package io.ztunnel.daemon.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * {@code ztunnel config}: what a ztunnel knows, as {@code istioctl ztunnel-config} shows it: with
 * its names of commands and options, its tables and its JSON and YAML.
 */
@Command(
        name = "config",
        description = "Show what a running ztunnel, or a dump of one, knows of the mesh.",
        subcommands = {
            ConfigCommand.Services.class,
            ConfigCommand.Workloads.class,
            ConfigCommand.Policies.class,
            ConfigCommand.Certificates.class,
            ConfigCommand.Connections.class,
            ConfigCommand.All.class
        },
        mixinStandardHelpOptions = true)
final class ConfigCommand implements Runnable {
    private static final String POD = "only this pod: NAME, NAME.NAMESPACE or pod/NAME.NAMESPACE";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(),
                "name what to show: "
                        + String.join(
                                ", ",
                                "services",
                                "workloads",
                                "policies",
                                "certificates",
                                "connections",
                                "all"));
    }

    @Command(
            name = "services",
            aliases = {"service", "svc", "s"},
            description = "Services with their VIPs, waypoints and healthy endpoints.",
            mixinStandardHelpOptions = true)
    static final class Services implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        DumpOptions dump;

        @Option(names = "--service-namespace", paramLabel = "NS", description = "only this one")
        String namespace = "";

        @Override
        public Integer call() throws IOException {
            dump.print(new ServiceView(namespace));
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
        DumpOptions dump;

        @Parameters(arity = "0..1", paramLabel = "POD", description = POD)
        String pod = "";

        @Option(names = "--workload-namespace", paramLabel = "NS", description = "only this one")
        String namespace = "";

        @Option(names = "--address", paramLabel = "IP", description = "only who has this address")
        String address = "";

        @Option(names = "--workload-node", paramLabel = "NODE", description = "only this node")
        String node = "";

        @Override
        public Integer call() throws IOException {
            PodName only = PodName.parse(pod).orInNamespace(namespace);
            dump.print(
                    new WorkloadView(
                            new WorkloadView.Filter(only.name(), only.namespace(), address, node)));
            return 0;
        }
    }

    @Command(
            name = "policies",
            aliases = {"policy", "pol", "p"},
            description = "Authorization policies with their actions and scopes.",
            mixinStandardHelpOptions = true)
    static final class Policies implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        DumpOptions dump;

        @Option(names = "--policy-namespace", paramLabel = "NS", description = "only this one")
        String namespace = "";

        @Override
        public Integer call() throws IOException {
            dump.print(new PolicyView(namespace));
            return 0;
        }
    }

    @Command(
            name = "certificates",
            aliases = {"certificate", "certs", "cert"},
            description = "Certificates and their roots, with serial numbers and validity.",
            mixinStandardHelpOptions = true)
    static final class Certificates implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        DumpOptions dump;

        @Override
        public Integer call() throws IOException {
            dump.print(new CertificateView(InstantSource.system()));
            return 0;
        }
    }

    @Command(
            name = "connections",
            aliases = {"cons"},
            description = "Open connections of the pods on the node.",
            mixinStandardHelpOptions = true)
    static final class Connections implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        DumpOptions dump;

        @Parameters(arity = "0..1", paramLabel = "POD", description = POD)
        String pod = "";

        @Option(names = "--workload-namespace", paramLabel = "NS", description = "only this one")
        String namespace = "";

        @Option(
                names = "--direction",
                paramLabel = "DIRECTION",
                description = "only inbound or outbound ones; tables only")
        ConnectionView.Direction direction = ConnectionView.Direction.BOTH;

        @Option(names = "--raw", description = "addresses instead of names; tables only")
        boolean raw;

        @Override
        public Integer call() throws IOException {
            dump.print(
                    new ConnectionView(
                            PodName.parse(pod).orInNamespace(namespace), direction, raw));
            return 0;
        }
    }

    @Command(
            name = "all",
            description = "Every table; as JSON or YAML the whole dump.",
            mixinStandardHelpOptions = true)
    static final class All implements Callable<Integer> {
        @Mixin
        @SuppressWarnings("NullAway.Init") // set by picocli
        DumpOptions dump;

        @Option(names = "--with-headers", description = "a title above each table")
        boolean headers;

        @Override
        public Integer call() throws IOException {
            switch (dump.format) {
                case SHORT -> {
                    Map<String, View> views = WholeDump.views(InstantSource.system());
                    WholeDump.tables(
                            dump.read(WholeDump.sections(views)), views, headers, dump.out());
                }
                case JSON -> dump.whole(WholeDump::json);
                case YAML -> dump.whole(WholeDump::yaml);
            }
            return 0;
        }
    }
}
