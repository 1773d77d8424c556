package io.ztunnel.daemon.telemetry;

import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How SLF4J finds us. */
public final class LogServiceProvider implements SLF4JServiceProvider {
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final MDCAdapter contexts = new NOPMDCAdapter();
    private @Nullable ILoggerFactory loggers;

    @Override
    public void initialize() {
        Map<String, Logger> known = new ConcurrentHashMap<>();
        loggers = name -> known.computeIfAbsent(name, Logs::logger);
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        ILoggerFactory factory = loggers;
        if (factory == null) {
            throw new IllegalStateException("SLF4J initializes a provider before using it");
        }
        return factory;
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return contexts;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0.99";
    }
}
