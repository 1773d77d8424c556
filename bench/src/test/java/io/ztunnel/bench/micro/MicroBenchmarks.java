package io.ztunnel.bench.micro;

import static java.util.Objects.requireNonNull;

import io.ztunnel.bench.micro.Results.Measurement;

import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.util.Statistics;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs the micro-benchmarks and compares them with the baseline, or writes it. The arguments:
 * {@code compare} or {@code write}, the baseline's file, and optionally a regular expression that
 * the names of the benchmarks to run contain. The exit code is 1 when something allocates more.
 */
public final class MicroBenchmarks {
    private static final String ALLOCATION = "gc.alloc.rate.norm";

    /** As the product's launcher has them, but for the heap, which holds a large mesh. */
    private static final String[] JVM_FLAGS = {
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-XX:+UseSerialGC",
        "-XX:+UseCompactObjectHeaders",
        "-Xms1g",
        "-Xmx1g",
        "-Dio.netty.allocator.type=pooled",
        "-Dio.netty.leakDetection.level=disabled",
        "-Dio.netty.tryReflectionSetAccessible=true",
        "-Dslf4j.provider=io.ztunnel.daemon.telemetry.LogServiceProvider",
        "-Djmh.executor=CUSTOM",
        "-Djmh.executor.class=" + LoopThreads.class.getName(),
    };

    private MicroBenchmarks() {}

    public static void main(String[] args) throws RunnerException, IOException {
        if (args.length < 2 || !(args[0].equals("compare") || args[0].equals("write"))) {
            System.err.println("usage: MicroBenchmarks compare|write BASELINE [REGEX]");
            System.exit(2);
        }
        boolean write = args[0].equals("write");
        Path file = Path.of(args[1]);
        String only = args.length > 2 ? args[2] : "";
        Results baseline =
                Files.exists(file)
                        ? Results.parse(Files.readString(file))
                        : new Results(Map.of(), new TreeMap<>());
        Results now = new Results(machine(), run(only));
        Comparison comparison = Comparison.of(baseline, now);
        System.out.println();
        System.out.println("baseline: " + baseline.machine());
        System.out.println("now:      " + now.machine());
        System.out.println();
        System.out.print(comparison.table());
        if (write) {
            Results written = only.isEmpty() ? now : baseline.updatedBy(now);
            Files.writeString(file, written.toJson());
            System.out.println("\nwritten to " + file);
        } else if (comparison.allocationGrew()) {
            System.out.println(
                    "\nAn operation allocates more than the baseline says. Mend it, or, if it has"
                            + " to be, make bench-micro BASELINE=write and say why.");
            System.exit(1);
        }
    }

    /** The best of five iterations: others have had the machine, or the JIT, meanwhile. */
    private static SortedMap<String, Measurement> run(String only) throws RunnerException {
        Options options =
                new OptionsBuilder()
                        .include(
                                Pattern.quote(MicroBenchmarks.class.getPackageName())
                                        + ".*(?:"
                                        + only
                                        + ")")
                        .mode(Mode.AverageTime)
                        .timeUnit(TimeUnit.NANOSECONDS)
                        .forks(1)
                        .warmupIterations(4)
                        .warmupTime(TimeValue.seconds(1))
                        .measurementIterations(5)
                        .measurementTime(TimeValue.seconds(1))
                        .shouldFailOnError(true)
                        .jvmArgs(JVM_FLAGS)
                        .addProfiler(GCProfiler.class)
                        .build();
        SortedMap<String, Measurement> measurements = new TreeMap<>();
        for (RunResult result : new Runner(options).run()) {
            Statistics nanos = result.getPrimaryResult().getStatistics();
            Statistics bytes =
                    requireNonNull(result.getSecondaryResults().get(ALLOCATION)).getStatistics();
            measurements.put(nameOf(result), new Measurement(nanos.getMin(), bytes.getMin()));
        }
        return measurements;
    }

    /** {@code Policy.evaluate(policies=10)}. */
    private static String nameOf(RunResult result) {
        var params = result.getParams();
        String name =
                params.getBenchmark()
                        .substring(MicroBenchmarks.class.getPackageName().length() + 1)
                        .replace("Benchmark.", ".");
        StringBuilder values = new StringBuilder();
        for (String key : params.getParamsKeys()) {
            values.append(values.isEmpty() ? "(" : ", ")
                    .append(key)
                    .append('=')
                    .append(params.getParam(key));
        }
        return values.isEmpty() ? name : name + values + ")";
    }

    private static Map<String, String> machine() throws IOException {
        Map<String, String> machine = new LinkedHashMap<>();
        Matcher model =
                Pattern.compile("(?m)^model name\\s*: (.*)$")
                        .matcher(Files.readString(Path.of("/proc/cpuinfo")));
        machine.put("cpu", model.find() ? model.group(1) : System.getProperty("os.arch"));
        machine.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
        machine.put("jdk", Runtime.version() + ", " + System.getProperty("java.vm.vendor"));
        machine.put("kernel", System.getProperty("os.version"));
        return machine;
    }
}
