/**
 * Micro-benchmarks of what every byte, connection or decision passes, and their comparison with the
 * committed baseline. {@link io.ztunnel.bench.micro.MicroBenchmarks} is the program that {@code
 * make bench-micro} runs; JMH forks a JVM for each benchmark.
 */
@NullMarked
package io.ztunnel.bench.micro;

import org.jspecify.annotations.NullMarked;
