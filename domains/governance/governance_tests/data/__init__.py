"""Tests of the SQL on small landed files."""
