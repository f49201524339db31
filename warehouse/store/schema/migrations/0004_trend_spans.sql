-- Trends over spans of weeks, counted on the panel. Rows of ledger-2 compared one week.
ALTER TABLE store.trend_tests ADD COLUMN span_weeks VARCHAR[];
ALTER TABLE store.trend_tests ADD COLUMN span_stories INTEGER[];
ALTER TABLE store.trend_tests ADD COLUMN panel_span INTEGER[];
ALTER TABLE store.trend_tests ADD COLUMN panel_span_out_of INTEGER[];
ALTER TABLE store.trend_tests ADD COLUMN days_watched INTEGER[];
ALTER TABLE store.trend_tests ADD COLUMN panel_feeds INTEGER;
ALTER TABLE store.trend_tests ADD COLUMN watched_feeds INTEGER;
ALTER TABLE store.trend_tests ADD COLUMN level DOUBLE;
ALTER TABLE store.trend_tests ADD COLUMN level_low DOUBLE;
ALTER TABLE store.trend_tests ADD COLUMN level_high DOUBLE;
ALTER TABLE store.trend_tests ADD COLUMN error_share DOUBLE;
