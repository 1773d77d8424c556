/** From single measurements to medians, ratios, tables, JSON and charts. Pure; any thread. */
@NullMarked
package io.ztunnel.bench.report;

import org.jspecify.annotations.NullMarked;
