/**
 * What is measured: each workload drives one candidate's mesh once per round and leaves its
 * figures. On the benchmark's thread.
 */
@NullMarked
package io.ztunnel.bench.workload;

import org.jspecify.annotations.NullMarked;
