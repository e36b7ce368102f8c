mod confirming;
mod hostile;
mod limits;
mod loading;
mod running;
