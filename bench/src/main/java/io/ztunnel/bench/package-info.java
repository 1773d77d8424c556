/**
 * The side-by-side benchmark: lays out one small mesh for each ztunnel executable, runs the same
 * workloads through them in alternation, and reports medians with their spread. Knows a ztunnel
 * only as a program: environment, sockets, /proc. Called from the command line, on its main thread.
 */
@NullMarked
package io.ztunnel.bench;

import org.jspecify.annotations.NullMarked;
